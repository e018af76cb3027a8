//! Copies on PostgreSQL, by its own programs: `pg_dump` writes one schema in its custom format, `pg_restore` and `psql`
//! read it back in one transaction. The keyring has a schema of its own and is in no copy.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use ::postgres::config::Host;
use ledger::port::StoreError;

use super::{CopyFacts, LEFT_OUT, Pieces, Progress, Sink, facts, file, stopped, stream};
use crate::connection::Fault;
use crate::postgresql::{PostgresStore, Server};

/// Where the programs `pg_dump`, `pg_restore` and `psql` are.
#[derive(Debug, Clone, Default)]
pub struct PostgresTools {
    /// Their folder; none looks in the path and in Debian's places.
    pub folder: Option<PathBuf>,
}

/// Where Debian and Red Hat keep the programs of each version, outside the path.
const PLACES: [&str; 2] = ["/usr/lib/postgresql", "/usr"];

impl PostgresTools {
    fn program(&self, name: &str) -> PathBuf {
        if let Some(folder) = &self.folder {
            return folder.join(name);
        }
        let mut versions: Vec<(u32, PathBuf)> = Vec::new();
        for place in PLACES {
            for found in std::fs::read_dir(place).into_iter().flatten().flatten() {
                let version = found.file_name().to_string_lossy().trim_start_matches("pgsql-").parse();
                if let (Ok(version), true) = (version, found.path().join("bin").join(name).is_file()) {
                    versions.push((version, found.path().join("bin").join(name)));
                }
            }
        }
        versions.sort();
        versions.pop().map_or_else(|| PathBuf::from(name), |(_, path)| path)
    }
}

/// A server and a schema, as the programs take them: by variables, so that no password stands in a list of processes.
#[derive(Clone)]
pub struct PostgresPlace {
    variables: Vec<(&'static str, String)>,
    /// Name of the schema.
    pub schema: String,
}

impl PostgresPlace {
    fn new(server: &Server, schema: String) -> Self {
        let config = &server.config;
        let mut variables = server.variables();
        let mut add = |name, value: Option<String>| variables.extend(value.map(|value| (name, value)));
        add("PGUSER", config.get_user().map(str::to_owned));
        add("PGPASSWORD", config.get_password().map(|word| String::from_utf8_lossy(word).into_owned()));
        add("PGDATABASE", config.get_dbname().map(str::to_owned));
        add("PGOPTIONS", config.get_options().map(str::to_owned));
        add(
            "PGHOST",
            config.get_hosts().first().map(|host| match host {
                Host::Tcp(name) => name.clone(),
                #[cfg(unix)]
                Host::Unix(path) => path.display().to_string(),
            }),
        );
        add("PGPORT", config.get_ports().first().map(ToString::to_string));
        Self { variables, schema }
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.envs(self.variables.iter().map(|(name, value)| (*name, value.as_str())));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn copy(
    store: &PostgresStore,
    tools: &PostgresTools,
    progress: Progress<'_>,
    sink: Sink<'_>,
) -> Result<CopyFacts, StoreError> {
    // The transaction that exports its view of the data is held open until pg_dump has read all of it.
    store.read_plainly(|transaction| {
        let read = facts(transaction, "postgresql")?;
        let snapshot = transaction.first("snapshot", "SELECT pg_export_snapshot()", &[])?;
        let snapshot = snapshot.map(|mut row| row.text()).transpose()?.unwrap_or_default();
        let schema = read.namespace.clone().unwrap_or_default();
        let place = PostgresPlace::new(store.server(), schema);
        let program = tools.program("pg_dump");
        let mut command = place.command(&program);
        command.args(["--format=custom", "--no-owner", "--no-privileges", "--no-password"]);
        command.arg(format!("--snapshot={snapshot}")).arg(format!("--schema={}", quoted(&place.schema)));
        for table in LEFT_OUT {
            command.arg(format!("--exclude-table-data={}.{table}", quoted(&place.schema)));
        }
        let mut child = start(&mut command, &program)?;
        let streamed = match child.stdout.take() {
            Some(mut out) => stream(&mut out, progress, &mut |piece| Pieces { sink: &mut *sink }.write_all(piece)),
            None => Ok(0),
        };
        if let Err(problem) = streamed {
            let _ = child.kill();
            let _ = child.wait();
            return Err(problem);
        }
        end(child, &program)?;
        Ok(read)
    })
}

fn start(command: &mut Command, program: &Path) -> Result<Child, StoreError> {
    command.spawn().map_err(|error| {
        StoreError::Unavailable(format!(
            "PostgreSQLの {} を実行できません({error})。設定 postgres_tools にそのフォルダを書いてください",
            program.display()
        ))
    })
}

/// Wait for a program. The first line of what it says is passed on; further lines may hold values.
fn end(mut child: Child, program: &Path) -> Result<(), StoreError> {
    let mut words = String::new();
    if let Some(mut err) = child.stderr.take() {
        let _ = err.read_to_string(&mut words);
    }
    let status = child.wait().map_err(file)?;
    if status.success() {
        return Ok(());
    }
    let first = words.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Err(StoreError::Failed(format!("{name} が失敗しました: {first}")))
}

impl PostgresPlace {
    /// The server and schema of an address.
    ///
    /// # Errors
    /// [`StoreError`] when the address makes no sense or the server does not answer.
    pub fn of(url: &str) -> Result<Self, StoreError> {
        let server = server(url)?;
        let mut client = connect(&server)?;
        let row = client
            .query_one("SELECT COALESCE(current_schema(), 'public')::text", &[])
            .map_err(|error| statement(&error))?;
        Ok(Self::new(&server, row.get(0)))
    }

    /// Other sessions of Daicho at this database. Restoring under them would take their tables away.
    ///
    /// # Errors
    /// [`StoreError`] when the server does not answer.
    pub fn sessions(url: &str) -> Result<i64, StoreError> {
        let server = server(url)?;
        let sql = "SELECT COUNT(*) FROM pg_stat_activity \
                   WHERE application_name = 'daicho' AND datname = current_database() AND pid <> pg_backend_pid()";
        Ok(connect(&server)?.query_one(sql, &[]).map_err(|error| statement(&error))?.get(0))
    }

    /// Make the schema from a dump, in one transaction: the one before is renamed to `aside` and stays whole, and when
    /// anything fails nothing has changed.
    ///
    /// # Errors
    /// [`StoreError`] when a program fails, the dump ends early, or progress says to end.
    pub fn load(
        &self,
        tools: &PostgresTools,
        aside: &str,
        dump: &mut dyn Read,
        progress: Progress<'_>,
    ) -> Result<(), StoreError> {
        let (reader, writer) = (tools.program("pg_restore"), tools.program("psql"));
        let mut reading = self.command(&reader);
        reading.args(["--no-owner", "--no-privileges", "--exit-on-error", "--file=-"]);
        reading.arg(format!("--schema={}", self.schema)).stdin(Stdio::piped());
        let mut reading = start(&mut reading, &reader)?;
        let mut writing = self.command(&writer);
        writing.args(["--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse"]);
        writing.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut writing = start(&mut writing, &writer)?;
        let schema = quoted(&self.schema);
        let head = format!(
            "BEGIN;\nSET client_min_messages = error;\nCREATE SCHEMA IF NOT EXISTS {schema};\n\
             ALTER SCHEMA {schema} RENAME TO {};\nCREATE SCHEMA {schema};\n",
            quoted(aside)
        );
        let (script, input) = (reading.stdout.take(), writing.stdin.take());
        let (Some(mut script), Some(mut input)) = (script, input) else {
            return Err(StoreError::Failed("PostgreSQLのプログラムとつながりません".into()));
        };
        // Statements flow from one program to the other while we feed the dump. The transaction is committed only when
        // the dump was read to its end: without COMMIT at the end of its input, psql leaves nothing behind.
        let (commit, committed) = std::sync::mpsc::channel::<()>();
        let flow = std::thread::spawn(move || -> std::io::Result<()> {
            input.write_all(head.as_bytes())?;
            std::io::copy(&mut script, &mut input)?;
            match committed.recv() {
                Ok(()) => input.write_all(b"COMMIT;\n"),
                Err(_) => Ok(()),
            }
        });
        let fed = match reading.stdin.take() {
            Some(mut feed) => stream(dump, progress, &mut |piece| feed.write_all(piece)),
            None => Err(stopped()),
        };
        if fed.is_err() {
            let _ = reading.kill();
        }
        let read = end(reading, &reader);
        let whole = fed.and(read);
        if whole.is_ok() {
            let _ = commit.send(());
        }
        drop(commit);
        let flowed = flow.join().unwrap_or_else(|_| Err(std::io::ErrorKind::BrokenPipe.into()));
        // What psql says is the reason when the flow to it broke.
        let written = end(writing, &writer);
        match whole {
            // pg_restore fails on a closed pipe when psql has stopped; then psql knows why.
            Err(problem) => Err(written.err().unwrap_or(problem)),
            Ok(_) => written.and(flowed.map_err(file)),
        }
    }

    /// Whether there are tables of Daicho in the schema.
    ///
    /// # Errors
    /// [`StoreError`] when the server does not answer.
    pub fn in_use(&self, url: &str) -> Result<bool, StoreError> {
        let table = format!("{}.entry", quoted(&self.schema));
        let sql = "SELECT to_regclass($1) IS NOT NULL";
        Ok(connect(&server(url)?)?.query_one(sql, &[&table]).map_err(|error| statement(&error))?.get(0))
    }

    /// Whether the keyring has its schema beside this one.
    ///
    /// # Errors
    /// [`StoreError`] when the server does not answer.
    pub fn has_keyring(&self, url: &str) -> Result<bool, StoreError> {
        let name = quoted(&format!("{}_keyring", self.schema));
        let sql = "SELECT to_regnamespace($1) IS NOT NULL";
        Ok(connect(&server(url)?)?.query_one(sql, &[&name]).map_err(|error| statement(&error))?.get(0))
    }

    /// Write the schema of the keyring to a file. It holds wrapped keys only.
    ///
    /// # Errors
    /// [`StoreError`] when the program fails.
    pub fn copy_keyring(&self, tools: &PostgresTools, path: &Path) -> Result<(), StoreError> {
        let program = tools.program("pg_dump");
        let mut command = self.command(&program);
        command.args(["--format=custom", "--no-owner", "--no-privileges", "--no-password"]);
        command.arg(format!("--schema={}", quoted(&format!("{}_keyring", self.schema))));
        command.arg("--file").arg(path);
        end(start(&mut command, &program)?, &program)
    }

    /// A database of its own on the same server, with an empty schema of the same name, for a rehearsal.
    ///
    /// # Errors
    /// [`StoreError`] when the account may not make databases or the server does not answer.
    pub fn rehearsal(url: &str) -> Result<RehearsalDatabase, StoreError> {
        let server = server(url)?;
        let mut client = connect(&server)?;
        let schema: String = client
            .query_one("SELECT COALESCE(current_schema(), 'public')::text", &[])
            .map_err(|error| statement(&error))?
            .get(0);
        let database: String =
            client.query_one("SELECT current_database()::text", &[]).map_err(|error| statement(&error))?.get(0);
        let name = format!("{database}_rehearsal");
        let made = client
            .batch_execute(&format!("DROP DATABASE IF EXISTS {} (FORCE)", quoted(&name)))
            .and_then(|()| client.batch_execute(&format!("CREATE DATABASE {} TEMPLATE template0", quoted(&name))));
        made.map_err(|_| {
            StoreError::Unavailable(
                "予行のためのデータベースを作れません。接続する利用者に CREATEDB の権限を与えるか、別のサーバーで予行してください".into(),
            )
        })?;
        let url = with_database(url, &name)?;
        let made = RehearsalDatabase { url, name, server };
        let mut inside = connect(&self::server(&made.url)?)?;
        inside
            .batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(&schema)))
            .map_err(|error| statement(&error))?;
        Ok(made)
    }

    /// Put the schema that was set aside back in its place, and drop what stood there.
    ///
    /// # Errors
    /// [`StoreError`] when the server does not answer.
    pub fn put_back(url: &str, schema: &str, aside: &str) -> Result<(), StoreError> {
        let server = server(url)?;
        let (schema, aside) = (quoted(schema), quoted(aside));
        connect(&server)?
            .batch_execute(&format!(
                "BEGIN; DROP SCHEMA {schema} CASCADE; ALTER SCHEMA {aside} RENAME TO {schema}; COMMIT"
            ))
            .map_err(|error| statement(&error))
    }
}

/// A database of a rehearsal; it is dropped with this value.
pub struct RehearsalDatabase {
    /// Its address.
    pub url: String,
    name: String,
    server: Server,
}

impl Drop for RehearsalDatabase {
    fn drop(&mut self) {
        // The next rehearsal drops it otherwise.
        if let Ok(mut client) = connect(&self.server) {
            let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {} (FORCE)", quoted(&self.name)));
        }
    }
}

/// The same address with another database: `postgres://user@host/database?options`.
fn with_database(url: &str, name: &str) -> Result<String, StoreError> {
    let (place, options) = url.split_once('?').map_or((url, None), |(place, options)| (place, Some(options)));
    let scheme = place.find("://").map_or(0, |at| at + 3);
    let (_, rest) = place.split_at(scheme);
    let server = rest.split_once('/').map_or(rest, |(server, _)| server);
    let scheme = place.get(..scheme).filter(|scheme| !scheme.is_empty());
    let scheme = scheme.ok_or_else(|| StoreError::Failed("接続先を postgres:// の形で書いてください".into()))?;
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    Ok(format!("{scheme}{server}/{name}{options}"))
}

pub(super) fn server(url: &str) -> Result<Server, StoreError> {
    Server::of(url).map_err(Fault::store_error)
}

pub(super) fn connect(server: &Server) -> Result<::postgres::Client, StoreError> {
    server.connect().map_err(Fault::store_error)
}

pub(super) fn statement(error: &::postgres::Error) -> StoreError {
    let code = error.as_db_error().map_or_else(String::new, |error| error.code().code().to_owned());
    StoreError::Failed(format!("PostgreSQL {code}"))
}
