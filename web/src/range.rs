//! One byte range of RFC 9110 §14.2, as `<video>` asks for it.

/// What a `Range` header asks of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it: no header, or one we need not honour (several ranges, another unit).
    Whole,
    /// From the first byte to the last, both included.
    Part(u64, u64),
    /// Nothing of the file lies in the range.
    Outside,
}

/// Reads a `Range` header for a file of `len` bytes.
pub(crate) fn wanted(header: Option<&str>, len: u64) -> Wanted {
    let Some(spec) = header.and_then(|text| text.trim().strip_prefix("bytes=")) else { return Wanted::Whole };
    let Some((first, last)) = spec.split_once('-') else { return Wanted::Whole };
    let (first, last) = (first.trim(), last.trim());
    if first.is_empty() {
        return match last.parse::<u64>() {
            Ok(0) => Wanted::Outside,
            Ok(_) if len == 0 => Wanted::Outside,
            Ok(tail) => Wanted::Part(len.saturating_sub(tail), len - 1),
            Err(_) => Wanted::Whole,
        };
    }
    let Ok(start) = first.parse::<u64>() else { return Wanted::Whole };
    let end = if last.is_empty() { u64::MAX } else { last.parse::<u64>().unwrap_or(0) };
    if !last.is_empty() && (last.parse::<u64>().is_err() || end < start) {
        return Wanted::Whole;
    }
    if start >= len { Wanted::Outside } else { Wanted::Part(start, end.min(len - 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_part_lies_inside_the_file(header in "bytes=[0-9]{0,20}-[0-9]{0,20}", len: u64) {
            if let Wanted::Part(first, last) = wanted(Some(&header), len) {
                prop_assert!(first <= last && last < len);
            }
        }

        #[test]
        fn a_strange_header_never_panics(header in ".*", len: u64) {
            wanted(Some(&header), len);
        }
    }

    #[test]
    fn ranges_are_cut_to_the_file() {
        assert_eq!(wanted(None, 10), Wanted::Whole);
        assert_eq!(wanted(Some("bytes=0-"), 10), Wanted::Part(0, 9));
        assert_eq!(wanted(Some("bytes=2-4"), 10), Wanted::Part(2, 4));
        assert_eq!(wanted(Some("bytes=2-400"), 10), Wanted::Part(2, 9));
        assert_eq!(wanted(Some("bytes=-3"), 10), Wanted::Part(7, 9));
        assert_eq!(wanted(Some("bytes=-30"), 10), Wanted::Part(0, 9));
    }

    #[test]
    fn what_cannot_be_served_is_told_from_what_need_not_be() {
        assert_eq!(wanted(Some("bytes=10-"), 10), Wanted::Outside);
        assert_eq!(wanted(Some("bytes=-0"), 10), Wanted::Outside);
        assert_eq!(wanted(Some("bytes=-5"), 0), Wanted::Outside);
        assert_eq!(wanted(Some("bytes=0-1,4-5"), 10), Wanted::Whole);
        assert_eq!(wanted(Some("bytes=4-2"), 10), Wanted::Whole);
        assert_eq!(wanted(Some("lines=1-2"), 10), Wanted::Whole);
    }
}
