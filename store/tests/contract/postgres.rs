//! A PostgreSQL server for one test: in a temporary folder, on a socket in it, gone when the test ends.

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Where Debian puts the server.
const BIN: &str = "/usr/lib/postgresql/15/bin";
/// Debian's account for it; PostgreSQL refuses to run as root.
const ACCOUNT: &str = "postgres";

/// A running server. Dropping it stops it, also when the test fails; a killed test takes it along.
pub(crate) struct Server {
    folder: TempDir,
    process: Child,
    databases: AtomicU32,
}

impl Server {
    /// Starts a server. `None`, with a word on standard output, when PostgreSQL is not installed and
    /// `MINGCHU_TEST_POSTGRES` does not insist.
    pub(crate) async fn start() -> Option<Self> {
        if !Path::new(BIN).join("postgres").exists() {
            assert!(
                std::env::var_os("MINGCHU_TEST_POSTGRES").is_none(),
                "MINGCHU_TEST_POSTGRES is set, but there is no PostgreSQL 15 in {BIN}"
            );
            println!("skipped: no PostgreSQL 15 in {BIN}");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("mingchu-pg-").tempdir().unwrap();
        let account = account(folder.path());
        if let Some((uid, gid)) = account {
            chown(folder.path(), Some(uid), Some(gid)).unwrap();
        }
        let data = folder.path().join("data");
        let made = command(account, "initdb")
            .args(["--auth=trust", "--no-sync", "--encoding=UTF8", "--no-locale", "--username=mingchu", "-D"])
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let process = command(account, "postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            // speed: nothing here has to survive a crash
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off"])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let server = Self { folder, process, databases: AtomicU32::new(0) };
        server.wait_until_ready().await;
        Some(server)
    }

    fn address(&self, database: &str) -> String {
        let folder = self.folder.path().to_str().unwrap().replace('/', "%2F");
        format!("postgres://mingchu@{folder}/{database}")
    }

    async fn wait_until_ready(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while let Err(error) = PgConnection::connect(&self.address("postgres")).await {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "PostgreSQL does not start: {error}\n{log}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Makes an empty database and returns its address.
    pub(crate) async fn fresh_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.address("postgres")).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await.unwrap();
        self.address(&name)
    }
}

/// Makes an empty schema in a database and returns the address of a database that holds nothing else: many times
/// cheaper than a database, whose thousand files have to be copied.
pub(crate) async fn fresh_schema(database: &str, name: &str) -> String {
    let mut connection = PgConnection::connect(database).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("create schema {name}"))).execute(&mut connection).await.unwrap();
    format!("{database}?options[search_path]={name}")
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGQUIT: stop at once, without writing anything back
        let pid = self.process.id().to_string();
        let stopped = Command::new("kill").args(["-QUIT", &pid]).status();
        if !stopped.is_ok_and(|status| status.success()) {
            self.process.kill().ok();
        }
        self.process.wait().ok();
    }
}

/// Returns user and group of the server: its own account when the tests run as root, else whoever runs them.
fn account(folder: &Path) -> Option<(u32, u32)> {
    let is_root = fs::metadata(folder).unwrap().uid() == 0;
    let id = |flag| {
        let output = Command::new("id").args([flag, ACCOUNT]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
    };
    is_root.then(|| (id("-u"), id("-g")))
}

/// `setpriv` changes the account, and lets the kernel end the server when the test is killed.
fn command(account: Option<(u32, u32)>, program: &str) -> Command {
    let mut command = Command::new("setpriv");
    // the account may not enter the folder that the tests run in
    command.current_dir("/");
    command.args(["--pdeathsig", "SIGQUIT"]);
    if let Some((uid, gid)) = account {
        command.args([format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".to_owned()]);
    }
    command.arg(PathBuf::from(BIN).join(program));
    command
}
