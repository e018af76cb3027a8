//! A PostgreSQL server of a story's own.

use std::path::PathBuf;
use std::process::Command;

/// A PostgreSQL server that can be killed and started again.
pub struct Cluster {
    pub folder: tempfile::TempDir,
    programs: PathBuf,
    pub port: u16,
}

impl Cluster {
    /// None where there are no programs of PostgreSQL.
    pub fn new() -> Option<Self> {
        let mut versions: Vec<PathBuf> =
            std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|one| one.path().join("bin")).collect();
        versions.sort();
        let programs = versions.pop().filter(|programs| programs.join("initdb").is_file())?;
        let folder = tempfile::tempdir().expect("a folder");
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|one| one.local_addr()).expect("a port");
        let cluster = Self { folder, programs, port: free.port() };
        let owner = cluster.folder.path().to_string_lossy().into_owned();
        if root() {
            Command::new("chown").args(["postgres", &owner]).status().expect("chown runs");
        }
        let made = cluster.run("initdb", &["-U", "daicho", "--auth", "trust", "--encoding", "UTF8", "--no-sync"]);
        made.then_some(cluster)
    }

    /// Run a program of the server on a folder of its data.
    fn on(&self, data: &str, program: &str, arguments: &[&str]) -> bool {
        let data = self.path(data);
        self.tool(program, &[&["-D", &data], arguments].concat())
    }

    fn run(&self, program: &str, arguments: &[&str]) -> bool {
        self.on("data", program, arguments)
    }

    /// A path in the folder of the cluster.
    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }

    /// Run a program as the owner of the cluster; whether it succeeded.
    pub fn tool(&self, program: &str, arguments: &[&str]) -> bool {
        let program = match program.contains('/') {
            true => program.to_owned(),
            false => self.programs.join(program).to_string_lossy().into_owned(),
        };
        let mut command = match root() {
            true => Command::new("runuser"),
            false => Command::new(&program),
        };
        if root() {
            command.args(["-u", "postgres", "--", &program]);
        }
        command.args(arguments).current_dir(self.folder.path());
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// Start the server, and wait until it answers.
    pub fn start(&self) {
        self.start_on("data", "");
    }

    /// The same on another folder, with further options.
    pub fn start_on(&self, data: &str, more: &str) {
        let folder = self.folder.path().to_string_lossy().into_owned();
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories='{folder}' -c max_connections=60 {more}",
            self.port
        );
        let started =
            self.on(data, "pg_ctl", &["start", "--silent", "--wait", "-l", &format!("{folder}/log"), "-o", &options]);
        assert!(started, "{}", std::fs::read_to_string(format!("{folder}/log")).unwrap_or_default());
    }

    /// End it as a power cut would.
    pub fn kill(&self) {
        self.kill_on("data");
    }

    /// The same on another folder.
    pub fn kill_on(&self, data: &str) {
        self.on(data, "pg_ctl", &["stop", "--silent", "--mode", "immediate"]);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for data in ["data", "base"] {
            self.kill_on(data);
        }
    }
}

fn root() -> bool {
    std::env::var("USER").is_ok_and(|user| user == "root")
        || std::path::Path::new("/root")
            .metadata()
            .is_ok_and(|_| Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n")))
}
