//! Pages by key: the cursor holds where the last one ended, so that rows added meanwhile shift nothing.

use crate::error::StoreError;
use mingchu_domain::time::WallTime;
use uuid::Uuid;

/// Which page is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageKey {
    /// [`Page::next`] of the page before; `None` for the first.
    pub after: Option<String>,
    /// How many, 1..=200; 0 means 50.
    pub limit: u32,
}

/// One page, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Cursor of the next page; `None` at the end.
    pub next: Option<String>,
}

/// Where a page ended: a time, and an id for those of the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) at: WallTime,
    pub(crate) id: Uuid,
}

impl Cursor {
    /// Before everything: the newest row comes right after it.
    const START: Self = Self { at: WallTime::from_micros(i64::MAX), id: Uuid::max() };

    fn text(self) -> String {
        format!("{}.{}", self.at.micros(), self.id.simple())
    }

    fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('.')?;
        Some(Self { at: WallTime::from_micros(at.parse().ok()?), id: id.parse().ok()? })
    }
}

impl PageKey {
    /// Returns the first page of `limit` items.
    #[must_use]
    pub const fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }

    /// Returns the cursor that the page begins after.
    pub(crate) fn cursor(&self) -> Result<Cursor, StoreError> {
        match &self.after {
            None => Ok(Cursor::START),
            Some(text) => Cursor::parse(text).ok_or_else(|| StoreError::BadCursor(text.clone())),
        }
    }

    /// Returns how many items at most.
    pub(crate) fn items(&self) -> u32 {
        if self.limit == 0 { 50 } else { self.limit.min(200) }
    }

    /// Returns how many rows to ask for: one more tells whether there is a next page.
    pub(crate) fn rows(&self) -> u32 {
        self.items() + 1
    }

    /// Makes the page of the rows that [`PageKey::rows`] brought.
    pub(crate) fn page<T>(&self, mut rows: Vec<T>, cursor: impl Fn(&T) -> Cursor) -> Page<T> {
        let items = usize::try_from(self.items()).unwrap_or(usize::MAX);
        let more = rows.len() > items;
        rows.truncate(items);
        let next = rows.last().filter(|_| more).map(|last| cursor(last).text());
        Page { items: rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_survives_its_text_form(at: i64, id: u128) {
            let cursor = Cursor { at: WallTime::from_micros(at), id: Uuid::from_u128(id) };
            prop_assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        }

        #[test]
        fn a_strange_cursor_is_refused_and_never_panics(text in ".*") {
            let key = PageKey { after: Some(text), limit: 0 };
            prop_assert!(matches!(key.cursor(), Ok(_) | Err(StoreError::BadCursor(_))));
        }
    }

    #[test]
    fn a_page_knows_whether_another_follows() {
        let cursor = |n: &i64| Cursor { at: WallTime::from_micros(*n), id: Uuid::nil() };
        let key = PageKey::first(2);
        assert_eq!(key.page(vec![9, 8], cursor).next, None);
        let page = key.page(vec![9, 8, 7], cursor);
        assert_eq!(page.items, [9, 8]);
        assert_eq!(page.next.as_deref(), Some("8.00000000000000000000000000000000"));
    }
}
