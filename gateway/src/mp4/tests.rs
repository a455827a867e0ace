use super::*;
use mingchu_domain::media::Codec;
use proptest::prelude::*;
use std::io::Cursor;

fn entry() -> Vec<u8> {
    sample_entry(Codec::H264, 640, 360, &[1, 0x64, 0, 0x28, 0xff])
}

type Gop = Vec<(Vec<u8>, u32)>;

fn gops() -> impl Strategy<Value = Vec<Gop>> {
    let picture = (prop::collection::vec(any::<u8>(), 1..60), 1u32..9000);
    prop::collection::vec(prop::collection::vec(picture, 1..6), 1..5)
}

fn pictures(gop: &Gop) -> Vec<Picture> {
    let size = |data: &Vec<u8>| u32::try_from(data.len()).unwrap();
    let picture = |(index, (data, duration)): (usize, &(Vec<u8>, u32))| Picture {
        size_bytes: size(data),
        duration_90k: *duration,
        is_key: index == 0,
    };
    gop.iter().enumerate().map(picture).collect()
}

/// Writes the file and returns where each fragment ends.
fn write(gops: &[Gop]) -> (Vec<u8>, Vec<usize>) {
    let mut file = init_segment(&entry());
    let mut time = 0;
    let mut ends = vec![file.len()];
    for (sequence, gop) in (1..).zip(gops) {
        let pictures = pictures(gop);
        file.extend(fragment_head(sequence, time, &pictures));
        gop.iter().for_each(|(data, _)| file.extend_from_slice(data));
        time += pictures.iter().map(|picture| u64::from(picture.duration_90k)).sum::<u64>();
        ends.push(file.len());
    }
    (file, ends)
}

/// Reads all pictures' bytes by the tables.
fn read(file: &[u8], scan: &Scan) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for fragment in &scan.fragments {
        let mut at = usize::try_from(fragment.data_offset).unwrap();
        for picture in &fragment.pictures {
            let end = at + picture.size_bytes as usize;
            all.push(file[at..end].to_vec());
            at = end;
        }
    }
    all
}

proptest! {
    #[test]
    fn nothing_is_lost_and_order_is_kept(gops in gops()) {
        let (file, _) = write(&gops);
        let scan = scan(&mut Cursor::new(&file)).unwrap();
        let written: Vec<_> = gops.iter().flatten().map(|(data, _)| data.clone()).collect();
        prop_assert_eq!(read(&file, &scan), written);
        prop_assert_eq!(&scan.sample_entry, &entry());
        prop_assert_eq!(scan.complete_bytes, file.len() as u64);
        let times: Vec<_> = scan.fragments.iter().map(|fragment| fragment.decode_time_90k).collect();
        prop_assert!(times.is_sorted());
    }

    #[test]
    fn a_file_cut_anywhere_keeps_its_complete_fragments(gops in gops(), cut in 0.0f64..1.0) {
        let (mut file, ends) = write(&gops);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        file.truncate((file.len() as f64 * cut) as usize);
        let whole = ends.iter().filter(|end| **end <= file.len()).count();
        match scan(&mut Cursor::new(&file)) {
            Ok(scan) => {
                prop_assert_eq!(scan.fragments.len(), whole - 1);
                prop_assert_eq!(scan.complete_bytes, ends[whole - 1] as u64);
            }
            Err(ScanError::NoInit) => prop_assert_eq!(whole, 0),
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _unread = scan(&mut Cursor::new(&bytes));
        let mut file = init_segment(&entry());
        file.extend(&bytes);
        let _unread = scan(&mut Cursor::new(&file));
    }
}

#[test]
fn a_plain_file_points_at_its_first_picture() {
    let gop: Gop = vec![(vec![7; 5], 3600), (vec![8; 3], 3600), (vec![9; 4], 1800)];
    let head = plain_head(&entry(), &pictures(&gop));
    let co64 = head.windows(4).position(|kind| kind == b"co64").unwrap();
    let at = u64::from_be_bytes(head[co64 + 12..co64 + 20].try_into().unwrap());
    assert_eq!(at, head.len() as u64);
}
