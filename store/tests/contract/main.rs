//! One suite of claims about the store, kept by SQLite and by PostgreSQL alike.
//!
//! SQLite runs each claim as a test of its own. PostgreSQL runs all of them in one test, on one server that the test
//! starts and stops: a server for each would cost more than the claims.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests; clippy sees only those in test functions")]

mod archive;
mod audit;
mod cameras;
mod footage;
mod jobs;
mod notices;
mod opening;
mod patrols;
mod people;
mod places;
mod postgres;
mod publication;
mod retention;
mod review;
mod rules;
mod schema;
mod small;
mod violations;
mod world;

use std::{future::Future, pin::Pin};
use world::World;

type Case = fn(World) -> Pin<Box<dyn Future<Output = ()> + Send>>;

macro_rules! store_contract {
    ($($module:ident: $($case:ident),+ $(,)?;)+) => {
        mod sqlite {
            $(mod $module {
                $(#[tokio::test]
                async fn $case() {
                    crate::$module::$case(crate::World::on_sqlite().await).await;
                })+
            })+
        }

        const CASES: &[(&str, Case)] = &[
            $($((concat!(stringify!($module), "::", stringify!($case)), |world| Box::pin($module::$case(world)))),+),+
        ];
    };
}

store_contract! {
    publication:
        both_sides_approve_the_same_newest_picture,
        either_side_takes_its_approval_back_and_the_rows_stay,
        a_foreign_camera_is_neither_put_up_nor_approved,
        facts_are_read_as_entered_and_stay_when_they_are_withdrawn,
        only_a_staff_notice_has_a_basis,
        service_hours_are_read_as_written;
    places:
        a_scope_sees_its_own_and_nothing_else,
        a_public_code_is_unique_and_finds_its_canteen,
        a_canteen_shows_what_it_needs_today;
    cameras:
        a_password_is_sealed_at_rest_and_opened_for_the_gateway,
        an_address_with_credentials_is_refused,
        a_status_is_read_as_written,
        a_disabled_camera_is_neither_pulled_nor_judged,
        a_removed_camera_is_gone_but_its_violations_keep_its_name,
        a_serving_counter_is_never_public,
        a_foreign_camera_cannot_be_changed;
    archive:
        segments_of_a_range_are_half_open_and_in_order,
        another_gap_ends_the_open_one,
        a_gap_told_twice_is_written_once,
        a_gap_replaced_where_it_began_is_gone,
        a_clock_set_back_makes_no_reversed_gap,
        a_flagged_segment_is_a_gap_until_its_file_is_back,
        footage_found_afterwards_is_cut_out_of_gaps,
        lost_packets_are_read_as_written;
    footage:
        spans_are_the_segments_joined_in_whatever_order_they_come,
        many_segments_come_together_or_not_at_all,
        deleted_segments_leave_the_span_on_either_side,
        the_ledger_is_read_by_the_canteens_it_concerns,
        the_ledger_is_never_changed,
        an_export_goes_from_queued_to_expired;
    people:
        a_login_is_unique_and_a_role_needs_its_reach,
        a_sign_in_link_works_once,
        a_session_ends_when_idle_when_old_and_when_ended,
        failed_sign_ins_are_counted_since;
    violations:
        a_violation_is_read_as_written,
        a_violation_and_its_clip_job_come_together,
        pages_show_each_violation_once_even_at_the_same_time,
        filters_narrow_the_list,
        a_longer_violation_is_extended_not_doubled,
        evidence_asks_for_the_notice_once,
        missing_evidence_needs_a_reason;
    review:
        a_second_verdict_is_refused,
        two_reviewers_at_once_give_one_verdict,
        a_confirmed_violation_has_a_formal_notice_at_once,
        a_dismissed_violation_withdraws_its_notice,
        a_confirmation_taken_back_keeps_its_number,
        a_dismissal_taken_back_restores_the_notice,
        a_verdict_stands_after_thirty_seconds_or_an_answer,
        a_foreign_reviewer_finds_nothing;
    notices:
        a_notice_goes_from_prompt_to_closed,
        a_notice_is_issued_once_and_not_for_a_dismissed_violation,
        an_event_that_does_not_fit_is_refused_and_changes_nothing,
        a_rejected_notice_gets_a_new_deadline,
        a_deadline_is_only_extended,
        overdue_notices_are_found,
        numbers_count_by_the_year_in_china,
        answers_and_verdicts_at_once_do_not_block_each_other;
    jobs:
        a_job_is_claimed_once_under_concurrency,
        a_job_waits_for_its_time_and_its_lease,
        a_job_that_keeps_failing_dies,
        a_job_whose_worker_keeps_stopping_dies,
        a_clip_given_up_leaves_the_reason_and_the_notice_goes_out;
    retention:
        deleted_footage_leaves_a_gap_a_receipt_and_a_chain_that_holds,
        a_row_that_goes_without_a_receipt_is_found,
        receipts_are_never_changed,
        files_of_deleted_rows_are_remembered_until_they_are_removed,
        held_footage_stays_until_the_hold_is_released,
        a_canteen_held_with_an_open_end_holds_what_comes,
        footage_around_a_violation_is_kept_longer_unless_it_was_dismissed,
        the_nearest_policy_counts_within_the_bounds_above,
        an_order_is_refused_for_held_footage_and_carried_out_once,
        disks_and_steps_are_read_as_written,
        footage_from_before_disks_is_the_first_ones;
    audit:
        the_chain_is_sound_after_concurrent_writers,
        a_changed_row_is_found,
        a_row_cut_off_the_end_is_found,
        rows_are_never_changed_by_statement;
    rules:
        an_edited_rule_binds_and_the_old_version_stays,
        a_drawing_replaces_zones_and_keeps_the_pictures_of_bins_that_stay,
        a_bin_has_pictures_enough,
        a_mute_lasts_until_its_end_and_can_be_taken_back,
        precision_counts_verdicts_by_camera_and_rule,
        judgements_add_up_with_why_not,
        a_site_says_when_it_works_and_in_which_colours,
        a_scene_is_wanted_for_a_while;
    small:
        the_national_rules_are_there_from_the_start,
        coverage_adds_up_by_camera,
        the_analyzer_says_why_it_does_not_judge,
        a_setting_is_replaced,
        the_public_sees_confirmed_violations_only;
    patrols:
        a_patrol_is_read_as_written_and_changed_as_a_whole,
        a_patrol_is_its_areas_and_shows_nothing_outside,
        a_name_is_taken_once_in_an_area,
        a_list_whose_cameras_are_gone_is_empty_and_not_the_area;
    opening:
        what_was_written_is_there_after_reopening,
        a_second_process_may_open_at_the_same_time,
        a_newer_database_is_refused,
        the_wrong_key_file_is_named;
}

/// Claims checked at the same time, each lane in a database of its own: migrations of one database wait for one another.
const LANES: usize = 4;

/// A claim that fails is named, and the others still run.
#[tokio::test]
async fn postgresql_keeps_the_same_contract() {
    let Some(server) = postgres::Server::start().await else { return };
    let mut lanes = vec![];
    for lane in 0..LANES {
        lanes.push(tokio::spawn(check_lane(lane, server.fresh_database().await)));
    }
    let mut failed = vec![];
    for lane in lanes {
        failed.extend(lane.await.unwrap());
    }
    assert!(
        failed.is_empty(),
        "{} of {} claims failed on PostgreSQL:\n{}",
        failed.len(),
        CASES.len(),
        failed.join("\n")
    );
}

/// Checks every fourth claim, and returns those that failed.
async fn check_lane(lane: usize, database: String) -> Vec<String> {
    let mut failed = vec![];
    for (index, (name, case)) in CASES.iter().enumerate().filter(|(index, _)| index % LANES == lane) {
        let world = World::on(postgres::fresh_schema(&database, &format!("claim_{index}")).await).await;
        if let Err(error) = tokio::spawn(case(world)).await {
            failed.push(format!("{name}: {error}"));
        }
    }
    failed
}
