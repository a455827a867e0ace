//! The desk between cameras and inference threads.
//!
//! Each camera has one tray for a sub and one for a main picture. Overflow rule: a newer picture replaces the one that
//! waits, except a main picture that waits for the persons of its time, which is kept: where the sub stream comes later
//! than the main stream, the newest would never be ready. Either way one picture is dropped and counted. So a slow
//! machine looks at every camera less often, in turn.

use super::seat::{Looks, Seat};
use crate::picture::Picture;
use mingchu_domain::{id::CameraId, time::WallTime};
use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What an inference thread does next: the sub picture first, then the main picture.
pub(super) struct Task {
    pub(super) seat: Arc<Seat>,
    pub(super) sub: Option<Picture>,
    pub(super) main: Option<Picture>,
    /// Persons are looked for in the main picture too: there is no sub stream, or it is lost.
    pub(super) is_main_alone: bool,
}

/// A sub stream without pictures for this long is lost.
const SUB_LOST_AFTER: Duration = Duration::from_secs(3);

/// Which tray.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tray {
    Sub,
    Main,
}

struct Trays {
    seat: Arc<Seat>,
    sub: Option<Picture>,
    main: Option<Picture>,
    seen_until: Option<WallTime>,
    is_taken: bool,
}

#[derive(Default)]
struct State {
    // In turn: whoever was served goes to the end.
    cameras: VecDeque<Trays>,
    is_heads_turn: bool,
    is_closed: bool,
}

impl State {
    /// Returns whose turn it is. Every other turn belongs to whoever was served longest ago; between them heads go
    /// first, so that a late thread leaves out looks for persons rather than votes, and still forgets no camera.
    fn next(&mut self) -> Option<usize> {
        let any = self.cameras.iter().position(Trays::has_work)?;
        self.is_heads_turn = !self.is_heads_turn;
        let heads = self.cameras.iter().position(|trays| !trays.is_taken && trays.is_main_ready());
        Some(heads.filter(|_| self.is_heads_turn).unwrap_or(any))
    }
}

/// The desk.
#[derive(Default)]
pub(super) struct Desk {
    state: Mutex<State>,
    ready: Condvar,
    watched: Mutex<Vec<CameraId>>,
}

impl Desk {
    pub(super) fn seat(&self, seat: Arc<Seat>) {
        let trays = Trays { seat, sub: None, main: None, seen_until: None, is_taken: false };
        self.lock().cameras.push_back(trays);
    }

    pub(super) fn unseat(&self, camera: CameraId) {
        self.lock().cameras.retain(|trays| trays.seat.camera_id != camera);
    }

    /// Puts a picture into its tray; tells whether one was dropped for it.
    pub(super) fn put(&self, camera: CameraId, tray: Tray, picture: Picture) -> bool {
        let mut state = self.lock();
        let Some(trays) = state.cameras.iter_mut().find(|trays| trays.seat.camera_id == camera) else { return false };
        let waiting = match tray {
            Tray::Sub => trays.sub.replace(picture),
            Tray::Main if trays.awaits_persons(&picture) => Some(picture),
            Tray::Main => trays.main.replace(picture),
        };
        drop(state);
        self.ready.notify_one();
        waiting.is_some()
    }

    /// Waits for the next task; `None` when the desk is closed.
    pub(super) fn take(&self) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                return None;
            }
            if let Some(index) = state.next() {
                let mut trays = state.cameras.remove(index)?;
                let task = trays.take();
                state.cameras.push_back(trays);
                return Some(task);
            }
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives the camera free for the next task.
    pub(super) fn done(&self, camera: CameraId) {
        let mut state = self.lock();
        if let Some(trays) = state.cameras.iter_mut().find(|trays| trays.seat.camera_id == camera) {
            trays.is_taken = false;
        }
        drop(state);
        self.ready.notify_one();
    }

    /// Takes the cameras whose scene somebody is looking at.
    pub(super) fn set_watched(&self, cameras: Vec<CameraId>) {
        *self.watched.lock().unwrap_or_else(PoisonError::into_inner) = cameras;
    }

    pub(super) fn is_watched(&self, camera: CameraId) -> bool {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).contains(&camera)
    }

    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.ready.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trays {
    fn has_work(&self) -> bool {
        !self.is_taken && (self.sub.is_some() || self.is_main_ready())
    }

    /// Whether the main picture that waits will soon be ready, so that `newer` has to give way.
    fn awaits_persons(&self, newer: &Picture) -> bool {
        let is_young = |waiting: &Picture| newer.at().since(waiting.at()) <= SUB_LOST_AFTER;
        self.main.as_ref().is_some_and(is_young) && !self.is_main_ready()
    }

    /// Heads are judged between two looks for persons, so that a walker's head is where his box says.
    fn is_main_ready(&self) -> bool {
        let Some(main) = &self.main else { return false };
        let seen_until = self.sub.as_ref().map(Picture::at).max(self.seen_until);
        let is_seen = seen_until.is_some_and(|seen| seen >= main.at());
        is_seen || !self.seat.wants_heads() || self.is_alone(main)
    }

    fn is_alone(&self, main: &Picture) -> bool {
        let is_lost = |seen: WallTime| main.at().since(seen) > SUB_LOST_AFTER;
        self.seat.looks == Looks::One || (self.sub.is_none() && self.seen_until.is_none_or(is_lost))
    }

    fn take(&mut self) -> Task {
        self.is_taken = true;
        let main = if self.is_main_ready() { self.main.take() } else { None };
        let is_main_alone = main.as_ref().is_some_and(|main| self.is_alone(main));
        let sub = self.sub.take();
        self.seen_until = sub.as_ref().map(Picture::at).max(self.seen_until);
        Task { seat: Arc::clone(&self.seat), sub, main, is_main_alone }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, chain::Chain, detect::Scripted};
    use bytes::Bytes;
    use mingchu_domain::{id::CanteenId, rule::RulePack};

    fn seat(looks: Looks) -> Arc<Seat> {
        let pack = Arc::new(RulePack::national());
        let chain = Chain::new(&Config::default(), &pack, Vec::new());
        let seat = Seat::new(CameraId::generate(), CanteenId::generate(), looks, pack, chain);
        seat.set_wants_heads(true);
        Arc::new(seat)
    }

    fn picture(ms: i64) -> Picture {
        Picture::new(WallTime::from_micros(ms * 1000), 1, 1, Bytes::from_static(&[0; 3])).unwrap()
    }

    #[test]
    fn a_newer_picture_replaces_the_one_that_waits() {
        let (desk, seat) = (Desk::default(), seat(Looks::Both));
        desk.seat(Arc::clone(&seat));
        assert!(!desk.put(seat.camera_id, Tray::Sub, picture(0)));
        assert!(desk.put(seat.camera_id, Tray::Sub, picture(500)));
        assert_eq!(desk.take().unwrap().sub.unwrap().at(), WallTime::from_micros(500_000));
    }

    #[test]
    fn a_main_picture_waits_for_the_persons_of_its_time() {
        let (desk, seat) = (Desk::default(), seat(Looks::Both));
        desk.seat(Arc::clone(&seat));
        desk.put(seat.camera_id, Tray::Sub, picture(0));
        desk.put(seat.camera_id, Tray::Main, picture(100));
        assert!(desk.take().unwrap().main.is_none());
        desk.done(seat.camera_id);
        desk.put(seat.camera_id, Tray::Sub, picture(500));
        let task = desk.take().unwrap();
        assert!(task.sub.is_some() && task.main.is_some());
    }

    #[test]
    fn without_the_sub_stream_persons_are_looked_for_in_main_pictures() {
        let (desk, seat) = (Desk::default(), seat(Looks::Both));
        desk.seat(Arc::clone(&seat));
        desk.put(seat.camera_id, Tray::Sub, picture(0));
        assert!(!desk.take().unwrap().is_main_alone);
        desk.done(seat.camera_id);
        desk.put(seat.camera_id, Tray::Main, picture(4000));
        let task = desk.take().unwrap();
        assert!(task.main.is_some() && task.is_main_alone);
    }

    #[test]
    fn cameras_are_served_in_turn_and_one_at_a_time() {
        let desk = Desk::default();
        let seats = [seat(Looks::One), seat(Looks::One)];
        seats.iter().for_each(|seat| desk.seat(Arc::clone(seat)));
        for round in 0..2 {
            for seat in &seats {
                desk.put(seat.camera_id, Tray::Main, picture(round));
            }
            let order = [desk.take().unwrap(), desk.take().unwrap()].map(|task| task.seat.camera_id);
            assert_eq!(order, [seats[0].camera_id, seats[1].camera_id]);
            order.iter().for_each(|&camera| desk.done(camera));
        }
    }

    #[test]
    fn heads_are_judged_though_the_sub_stream_comes_later() {
        let (desk, seat) = (Desk::default(), seat(Looks::Both));
        desk.seat(Arc::clone(&seat));
        let mut judged = Vec::new();
        for step in 0..40 {
            if step % 2 == 0 {
                desk.put(seat.camera_id, Tray::Main, picture(step * 500));
            }
            desk.put(seat.camera_id, Tray::Sub, picture(step * 500 - 1700));
            let task = desk.take().unwrap();
            judged.extend(task.main.map(|main| main.at().millis()));
            desk.done(seat.camera_id);
        }
        assert!(judged.len() >= 6, "{judged:?}");
    }

    #[test]
    fn a_late_thread_judges_heads_first() {
        let desk = Desk::default();
        let seats = [seat(Looks::Both), seat(Looks::Both)];
        seats.iter().for_each(|seat| desk.seat(Arc::clone(seat)));
        desk.put(seats[0].camera_id, Tray::Sub, picture(0));
        desk.put(seats[1].camera_id, Tray::Sub, picture(500));
        desk.put(seats[1].camera_id, Tray::Main, picture(400));
        assert_eq!(desk.take().unwrap().seat.camera_id, seats[1].camera_id);
    }

    #[test]
    fn heads_do_not_starve_the_other_cameras() {
        let desk = Desk::default();
        let seats = [seat(Looks::One), seat(Looks::One), seat(Looks::Both)];
        seats.iter().for_each(|seat| desk.seat(Arc::clone(seat)));
        let mut served = 0;
        for step in 0..30 {
            desk.put(seats[0].camera_id, Tray::Main, picture(step));
            desk.put(seats[1].camera_id, Tray::Main, picture(step));
            desk.put(seats[2].camera_id, Tray::Sub, picture(step));
            let task = desk.take().unwrap();
            served += i32::from(task.seat.camera_id == seats[2].camera_id);
            desk.done(task.seat.camera_id);
        }
        assert!(served >= 7, "{served} of 30");
    }

    /// Eight cameras give two pictures a second for a minute; one look takes `look_ms`. Returns for each camera how often
    /// it was looked at and which share of the minute its coverage says was judged.
    fn under_load(look_ms: i64) -> Vec<(usize, f64)> {
        let desk = Desk::default();
        let seats: Vec<Arc<Seat>> = (0..8).map(|_| seat(Looks::Both)).collect();
        seats.iter().for_each(|seat| desk.seat(Arc::clone(seat)));
        let mut detector = Scripted { persons: |_| Vec::new(), faces: |_| Vec::new(), covered: |_, _| 0.5 };
        // Tiles: a picture of one colour would be a covered lens.
        let tile = |i: usize| if (i / 3 % 160 / 10 + i / 480 / 10).is_multiple_of(2) { 60 } else { 190 };
        let tiles = Picture::new(WallTime::default(), 160, 90, (0..160 * 90 * 3).map(tile).collect()).unwrap();
        let (mut looks, mut free_at) = ([0; 8], 0);
        for now in (0..60_000).step_by(10) {
            if now % 500 == 0 {
                for seat in &seats {
                    desk.put(seat.camera_id, Tray::Sub, tiles.clone().taken_at(WallTime::from_micros(now * 1000)));
                }
            }
            let is_waiting = desk.lock().cameras.iter().any(Trays::has_work);
            if now >= free_at && is_waiting {
                let task = desk.take().unwrap();
                task.seat.chain().look_for_persons(&task.sub.unwrap(), &mut detector).unwrap();
                looks[seats.iter().position(|seat| seat.camera_id == task.seat.camera_id).unwrap()] += 1;
                desk.done(task.seat.camera_id);
                free_at = now + look_ms;
            }
        }
        let share = |seat: &Arc<Seat>| {
            let taken = seat.chain().take_coverage();
            taken.iter().map(|(_, shares)| shares.judged_ms).sum::<u64>() as f64 / 60_000.0
        };
        looks.into_iter().zip(seats.iter().map(share)).collect()
    }

    #[test]
    fn under_load_each_camera_is_looked_at_less_often_and_the_share_judged_says_so() {
        let calm = under_load(20);
        assert!(calm.iter().all(|&(looks, judged)| looks >= 118 && judged > 0.97), "{calm:?}");
        // One look each 2 s and camera: slower, still without a gap.
        let busy = under_load(250);
        assert!(busy.iter().all(|&(looks, judged)| (29..=31).contains(&looks) && judged > 0.9), "{busy:?}");
        // One look each 8 s and camera: what happened between nobody saw.
        let swamped = under_load(1000);
        assert!(swamped.iter().all(|&(looks, judged)| (7..=8).contains(&looks) && judged == 0.0), "{swamped:?}");
    }

    #[test]
    fn a_closed_desk_has_no_more_tasks() {
        let (desk, seat) = (Desk::default(), seat(Looks::One));
        desk.seat(Arc::clone(&seat));
        desk.put(seat.camera_id, Tray::Main, picture(0));
        desk.close();
        assert!(desk.take().is_none());
    }
}
