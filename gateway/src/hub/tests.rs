use super::*;
use crate::{
    session::Step,
    testing::{parameters, unit},
};
use futures::FutureExt;
use mingchu_domain::{camera::GapCause, media::VideoParameters, time::WallTime};
use proptest::prelude::*;

struct Camera {
    publisher: Publisher,
    parameters: Arc<VideoParameters>,
    pts: i64,
}

impl Camera {
    fn new(hub: &Hub, stream: StreamId) -> Self {
        Self { publisher: hub.publish(stream, None).unwrap(), parameters: parameters(640), pts: 0 }
    }
    fn send(&mut self, is_key: bool) -> i64 {
        self.pts += 3600;
        self.publisher.unit(&unit(&self.parameters, is_key, self.pts), Step::Continues);
        self.pts
    }
}

fn drain<T>(receiver: &mut mpsc::Receiver<T>) -> Vec<T> {
    std::iter::from_fn(|| receiver.try_recv().ok()).collect()
}

fn kinds(units: &[LiveUnit]) -> String {
    let letter = |unit: &LiveUnit| match unit {
        LiveUnit::Init { .. } => 'i',
        LiveUnit::Fragment { is_key: true, .. } => 'K',
        LiveUnit::Fragment { .. } => 'd',
        LiveUnit::Lost { .. } => '!',
    };
    units.iter().map(letter).collect()
}

#[test]
fn units_begin_with_a_key_unit_and_come_in_order() {
    let (hub, stream) = (Hub::new(5), StreamId::generate());
    let mut queue = hub.units(stream);
    let mut camera = Camera::new(&hub, stream);
    for is_key in [false, true, false, true] {
        camera.send(is_key);
    }
    let times: Vec<_> = drain(&mut queue).iter().map(|unit| unit.pts_90k.0 / 3600).collect();
    assert_eq!(times, [2, 3, 4]);
}

#[test]
fn a_transcode_begins_with_the_newest_group_and_misses_nothing() {
    let (hub, stream) = (Hub::new(5), StreamId::generate());
    let mut camera = Camera::new(&hub, stream);
    for is_key in [true, false, true, false] {
        camera.send(is_key);
    }
    let mut queue = hub.units_since_key(stream);
    camera.send(false);
    let times: Vec<_> = drain(&mut queue).iter().map(|unit| unit.pts_90k.0 / 3600).collect();
    assert_eq!(times, [3, 4, 5]);
}

#[test]
fn a_slow_consumer_goes_on_with_a_key_unit() {
    let (hub, stream) = (Hub::new(5), StreamId::generate());
    let mut queue = hub.units(stream);
    let mut camera = Camera::new(&hub, stream);
    camera.send(true);
    for _ in 0..200 {
        camera.send(false);
    }
    assert_eq!(drain(&mut queue).len(), 128);
    camera.send(false);
    let key = camera.send(true);
    let next = camera.send(false);
    let times: Vec<_> = drain(&mut queue).iter().map(|unit| unit.pts_90k.0).collect();
    assert_eq!(times, [key, next]);
}

#[test]
fn a_viewer_starts_with_the_pictures_since_the_last_key_unit() {
    let (hub, stream) = (Hub::new(5), StreamId::generate());
    let mut camera = Camera::new(&hub, stream);
    for is_key in [true, false, true, false, false] {
        camera.send(is_key);
    }
    let mut viewer = hub.live(stream).unwrap();
    camera.send(false);
    camera.send(true);
    assert_eq!(kinds(&drain(&mut viewer)), "iKdddK");
}

#[test]
fn a_viewer_gets_an_init_segment_after_a_loss_and_a_change_of_parameters() {
    let (hub, stream) = (Hub::new(5), StreamId::generate());
    let mut camera = Camera::new(&hub, stream);
    let mut viewer = hub.live(stream).unwrap();
    camera.send(true);
    camera.publisher.lost(GapCause::CameraOffline, "closed", WallTime::from_micros(1));
    let mut late = hub.live(stream).unwrap();
    camera.send(false);
    camera.send(true);
    camera.parameters = parameters(1280);
    camera.send(true);
    camera.send(false);
    assert_eq!(kinds(&drain(&mut viewer)), "iK!iKiKd");
    assert_eq!(kinds(&drain(&mut late)), "!iKiKd");
}

#[test]
fn a_stalled_viewer_changes_nothing_for_the_other() {
    let (hub, stream) = (Hub::new(5), StreamId::generate());
    let mut camera = Camera::new(&hub, stream);
    let _stalled = hub.live(stream).unwrap();
    let mut other = hub.live(stream).unwrap();
    let mut seen = 0;
    for index in 0..2000 {
        camera.send(index % 50 == 0);
        seen += drain(&mut other).iter().filter(|unit| matches!(unit, LiveUnit::Fragment { .. })).count();
    }
    assert_eq!(seen, 2000);
}

#[test]
fn viewers_are_counted_and_refused_with_a_reason() {
    let (hub, stream) = (Hub::new(1), StreamId::generate());
    assert_eq!(hub.live(stream).unwrap_err(), LiveRefused::NotPulled);
    let mut camera = Camera::new(&hub, stream);
    camera.send(true);
    let first = hub.live(stream).unwrap();
    assert_eq!(hub.live(stream).unwrap_err(), LiveRefused::TooManyViewers);
    drop(first);
    assert!(hub.live(stream).is_ok());
    hub.close();
    assert_eq!(hub.live(stream).unwrap_err(), LiveRefused::NotPulled);
}

#[test]
fn queues_end_with_the_gateway() {
    let (hub, stream) = (Hub::new(1), StreamId::generate());
    let mut queue = hub.units(stream);
    hub.close();
    assert_eq!(queue.try_recv().unwrap_err(), mpsc::error::TryRecvError::Disconnected);
    assert_eq!(hub.units(stream).try_recv().unwrap_err(), mpsc::error::TryRecvError::Disconnected);
}

fn units_in(event: &ArchiveEvent) -> usize {
    if let ArchiveEvent::Units(units) = event { units.len() } else { 0 }
}

proptest! {
    #[test]
    fn nothing_that_a_consumer_gets_lacks_its_key_unit(
        stream in prop::collection::vec((prop::bool::weighted(0.1), prop::bool::weighted(0.05)), 1..800)
    ) {
        let (hub, id) = (Hub::new(1), StreamId::generate());
        let mut queue = hub.units(id);
        let mut camera = Camera::new(&hub, id);
        let (mut got, mut keys) = (Vec::new(), Vec::new());
        for (is_key, reads) in stream {
            let pts = camera.send(is_key);
            if is_key {
                keys.push(pts);
            }
            if reads {
                got.extend(drain(&mut queue));
            }
        }
        got.extend(drain(&mut queue));
        prop_assert!(got.is_sorted_by_key(|unit| unit.pts_90k));
        for (before, unit) in std::iter::once(None).chain(got.iter().map(Some)).zip(&got) {
            let follows = before.is_some_and(|before| before.pts_90k.0 + 3600 == unit.pts_90k.0);
            prop_assert!(unit.is_key || follows);
        }
    }

    #[test]
    fn the_archive_loses_nothing_below_its_bound(sizes in prop::collection::vec(1usize..50, 1..200)) {
        let (hub, id) = (Hub::new(1), StreamId::generate());
        let (sender, mut receiver) = archive_queue(1000);
        let publisher = hub.publish(id, Some(sender)).unwrap();
        let parameters = parameters(640);
        let (mut sent, mut got, mut overloads) = (0, 0, 0);
        for (index, size) in sizes.iter().enumerate() {
            let mut unit = unit(&parameters, index % 5 == 0, i64::try_from(index).unwrap() * 3600);
            unit.data = vec![0; *size].into();
            sent += 1;
            publisher.unit(&unit, Step::Continues);
            while index % 20 == 19 && let Some(event) = receiver.next().now_or_never().flatten() {
                got += units_in(&event);
                overloads += usize::from(matches!(event, ArchiveEvent::Lost { cause: GapCause::Overload, .. }));
            }
        }
        publisher.end(End::StreamRemoved, WallTime::from_micros(0));
        while let Some(event) = receiver.next().now_or_never().flatten() {
            got += units_in(&event);
            overloads += usize::from(matches!(event, ArchiveEvent::Lost { .. }));
        }
        prop_assert_eq!(overloads == 0, got == sent, "what is missing is declared");
    }
}

#[test]
fn a_derived_stream_has_viewers_and_is_forgotten_with_its_maker() {
    let (hub, stream) = (Hub::new(5), StreamId::generate());
    assert_eq!(hub.live(stream).unwrap_err(), LiveRefused::NotPulled);
    let derived = hub.derive(stream).unwrap();
    let mut viewer = hub.live(stream).unwrap();
    assert_eq!(derived.viewers(), 1);
    let parameters = parameters(640);
    derived.publish(&unit(&parameters, true, 0));
    derived.publish(&unit(&parameters, false, 18_000));
    assert_eq!(kinds(&drain(&mut viewer)), "iKd");
    drop(viewer);
    assert_eq!(derived.viewers(), 0);
    drop(derived);
    assert_eq!(hub.live(stream).unwrap_err(), LiveRefused::NotPulled);
    hub.close();
    assert!(hub.derive(stream).is_none());
}
