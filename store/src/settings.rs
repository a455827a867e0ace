//! Settings of the installation that people or commands change.

use crate::{cell::Text, db::args, error::StoreError, open::Store};

impl Store {
    /// Returns a setting.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let row = self.db.maybe::<Text>("select value as t from setting where name = $1", args![name]).await?;
        Ok(row.map(|row| row.0))
    }

    /// Sets a setting.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        const SQL: &str = "insert into setting (name, value) values ($1, $2) \
             on conflict (name) do update set value = excluded.value";
        self.db.run(SQL, args![name, value]).await.map(|_| ())
    }
}
