//! The built program, run as an administrator runs it.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::JoinHandle;

use tempfile::TempDir;

use crate::browser::{Browser, PASSWORD};
use crate::database::Where;

/// A data directory of its own.
pub struct Program {
    folder: TempDir,
    url: Option<String>,
}

/// What a command printed and ended with.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Program {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), url: None }
    }

    /// One whose records are in that place.
    pub fn at(place: &Where) -> Self {
        Self { url: place.url.clone(), ..Self::new() }
    }

    /// The PostgreSQL that holds the records, if one does.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// A path in the folder of this story.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the program keeps its data.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// Write a file.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, content).expect("a file");
        path
    }

    /// The program with the data directory and nothing of the surroundings of the test.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daicho"));
        command.env_clear().env("DAICHO_DATA", self.data()).env("TMPDIR", self.folder.path());
        command.envs(self.url.iter().map(|url| ("DAICHO_DATABASE_URL", url)));
        command
    }

    /// Run a command to its end.
    pub fn run<A: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ended {
        let output = self.command().args(arguments).output().expect("the program runs");
        Ended::of(&output)
    }

    /// Run a command that must succeed.
    pub fn done(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.code, 0, "{arguments:?}: {}{}", ended.out, ended.err);
        ended.out
    }

    /// Import a file.
    pub fn import(&self, ledger: &str, file: &Path) -> Ended {
        self.run(["import".as_ref(), ledger.as_ref(), file.as_os_str()])
    }

    /// An empty installation; the one-time password of its administrator `kanri`.
    pub fn init(&self) -> String {
        // Second factors have stories of their own.
        if !self.path("data/daicho.toml").exists() {
            self.file("data/daicho.toml", "[sign_in.second_factor]\nrequired = []\n");
        }
        let out = self.done(&["init", "--admin", "kanri"]);
        let line = out.lines().find_map(|line| line.strip_prefix("一度限りのパスワード: "));
        line.expect("a one-time password").to_string()
    }

    /// A token with a role.
    pub fn token(&self, role: &str) -> String {
        self.done(&["token", "create", "--name", "試験", "--role", role]).trim().to_string()
    }

    /// Serve on a free port; `set` may add variables.
    pub fn serve(&self, set: impl FnOnce(&mut Command)) -> Serving {
        let mut command = self.command();
        command.args(["serve", "--listen", "127.0.0.1:0"]).env("DAICHO_REQUESTS_PER_MINUTE", "1000000");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        set(&mut command);
        let mut child = command.spawn().expect("the server starts");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        let mut err = child.stderr.take().expect("its log");
        // The log is read all the time: a full pipe would stop the server.
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = err.read_to_string(&mut text);
            text
        });
        let mut line = String::new();
        out.read_line(&mut line).expect("a line");
        if line.is_empty() {
            let _ = child.wait();
            panic!("the server did not start: {}", log.join().unwrap_or_default());
        }
        let address = line.split("://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.and_then(|address| address.parse().ok());
        Serving { child, address: address.unwrap_or_else(|| panic!("no address in: {line}")), log: Some(log) }
    }
}

impl Ended {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// A server as a process.
pub struct Serving {
    child: Child,
    pub address: SocketAddr,
    log: Option<JoinHandle<String>>,
}

impl Serving {
    /// Sign in for the first time and choose a password.
    pub fn first_sign_in(&self, login: &str, one_time: &str) -> Browser {
        let browser = Browser::sign_in(self.address, login, one_time);
        assert_eq!(browser.get("/ledgers").to(), "/profile/password", "nothing else may be opened before");
        let form = [("current_password", one_time), ("new_password", PASSWORD), ("new_password_again", PASSWORD)];
        let reply = browser.post("/profile/password", &form);
        assert_eq!(reply.status, 303, "{}", reply.text());
        Browser::sign_in(self.address, login, PASSWORD)
    }

    /// Send a signal.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Wait for the end; exit status (none after a signal) and log.
    pub fn end(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().expect("it ends");
        let log = self.log.take().and_then(|log| log.join().ok()).unwrap_or_default();
        (status.code(), log)
    }

    /// End it in the regular way and return its log.
    pub fn stop(self) -> String {
        self.signal("TERM");
        let (code, log) = self.end();
        assert_eq!(code, Some(0), "{log}");
        log
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
