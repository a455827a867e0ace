use crate::world::{World, later};
use mingchu_store::{AuditState, PageKey, SYSTEM};
use serde_json::json;

async fn write(w: &World, rows: u64) {
    for n in 0..rows {
        let (subject, detail) = (format!("thing:{n}"), json!({ "n": n }));
        w.store.append_audit(SYSTEM, "thing.made", &subject, &detail, later(w.now, n)).await.unwrap();
    }
}

/// Takes the guard away, as somebody with the database's password could.
async fn without_guard(w: &World, sql: &str) {
    let on_table = if w.is_sqlite() { "" } else { " on audit" };
    w.raw(&format!("drop trigger audit_no_update{on_table}; drop trigger audit_no_delete{on_table}; {sql}")).await;
}

pub(crate) async fn the_chain_is_sound_after_concurrent_writers(w: World) {
    let writers: Vec<_> = (0..6)
        .map(|writer| {
            let (store, now) = (w.store.clone(), w.now);
            tokio::spawn(async move {
                for n in 0..5 {
                    let subject = format!("thing:{writer}-{n}");
                    store.append_audit(SYSTEM, "thing.made", &subject, &json!({}), now).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(w.store.verify_audit().await.unwrap(), AuditState { sound: 30, first_broken: None });
    let first = w.store.audit(&PageKey::first(20)).await.unwrap();
    let second = w.store.audit(&PageKey { after: first.next, limit: 20 }).await.unwrap();
    let seqs: Vec<i64> = first.items.iter().chain(&second.items).map(|row| row.seq).collect();
    assert_eq!(seqs, (1..=30).rev().collect::<Vec<_>>());
    assert_eq!(second.next, None);
}

pub(crate) async fn a_changed_row_is_found(w: World) {
    write(&w, 5).await;
    without_guard(&w, "update audit set actor = 'person:somebody' where seq = 3").await;
    assert_eq!(w.store.verify_audit().await.unwrap(), AuditState { sound: 2, first_broken: Some(3) });
}

pub(crate) async fn a_row_cut_off_the_end_is_found(w: World) {
    write(&w, 5).await;
    without_guard(&w, "delete from audit where seq = 5").await;
    assert_eq!(w.store.verify_audit().await.unwrap(), AuditState { sound: 4, first_broken: Some(5) });
    // also when the end of the chain is set back with it
    w.raw("update audit_head set seq = 4").await;
    assert_eq!(w.store.verify_audit().await.unwrap().first_broken, Some(4));
}

pub(crate) async fn rows_are_never_changed_by_statement(w: World) {
    write(&w, 1).await;
    for sql in ["update audit set actor = 'x'", "delete from audit"] {
        let refused = w.try_raw(sql).await.unwrap_err().to_string();
        assert!(refused.contains("audit rows are never changed or deleted"), "{refused}");
    }
}
