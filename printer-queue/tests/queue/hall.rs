//! Debian's own printing programs, started for one test and ended with it: ippeveprinter and cupsd.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::setup::PATIENCE;

/// What must be installed.
const PROGRAMS: [&str; 6] = [
    "/usr/sbin/ippeveprinter",
    "/usr/sbin/cupsd",
    "/usr/sbin/lpadmin",
    "/usr/sbin/avahi-daemon",
    "/usr/bin/dbus-daemon",
    "/usr/bin/flock",
];

/// One hall at a time in this program; others wait at the door of the machine's.
static DOOR: Mutex<()> = Mutex::new(());

/// A bus and a DNS-SD daemon, and a folder for everything that is started in them.
pub struct Hall {
    keeper: Child,
    pub folder: TempDir,
    _door: MutexGuard<'static, ()>,
}

impl Hall {
    /// `None` where the programs are not installed or we may not start them, which is said past the runner; in CI they
    /// must be there.
    pub fn open() -> Option<Hall> {
        let missing = PROGRAMS
            .iter()
            .find(|program| !Path::new(program).is_file());
        let root = std::fs::metadata("/proc/self").is_ok_and(|own| {
            use std::os::unix::fs::MetadataExt;
            own.uid() == 0
        });
        let why = match missing {
            Some(program) => format!("{program} is not installed (scripts/setup.sh printers)"),
            None if !root => "only root can start them".to_owned(),
            None => return Some(Hall::begin()),
        };
        let said = format!("left out: tests with Debian's printing programs: {why}\n");
        assert!(std::env::var_os("CI").is_none(), "{said}");
        std::io::stderr()
            .write_all(said.as_bytes())
            .expect("stderr");
        None
    }

    fn begin() -> Hall {
        let door = DOOR.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().expect("a folder");
        // The programs give up their rights on the way, and must still get in.
        open_to_all(folder.path());
        let mut keeper = Command::new("sh")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/queue/hall.sh"))
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().expect("its words"))
            .read_line(&mut line)
            .expect("its word");
        assert_eq!(line, "ready\n", "the hall did not open");
        Hall {
            keeper,
            folder,
            _door: door,
        }
    }

    /// A printer that does with each document what `play` says, a piece of shell. The document is $1.
    pub fn printer(&self, play: &str) -> Everywhere {
        Everywhere::start(self, free_port(), play)
    }

    /// A server of queues.
    pub fn cups(&self) -> Cups {
        Cups::start(self)
    }

    fn bus(&self) -> String {
        format!("unix:path={}/bus", self.folder.path().display())
    }
}

impl Drop for Hall {
    fn drop(&mut self) {
        // Its standard input ends with this, and so does it.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// ippeveprinter.
pub struct Everywhere {
    child: Child,
    pub port: u16,
    folder: PathBuf,
    bus: String,
}

impl Everywhere {
    fn start(hall: &Hall, port: u16, play: &str) -> Everywhere {
        let folder = hall.folder.path().join(format!("printer-{port}"));
        for part in ["spool", "keys"] {
            std::fs::create_dir_all(folder.join(part)).expect("a folder");
        }
        let script = folder.join("command");
        let body = format!(
            "#!/bin/sh\ncd {}\ncp \"$1\" received.part && mv received.part received\n. ./play\n",
            folder.display()
        );
        std::fs::write(&script, body).expect("the command");
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))
            .expect("the command's rights");
        let bus = hall.bus();
        let child = run(&folder, port, &bus);
        let printer = Everywhere {
            child,
            port,
            folder,
            bus,
        };
        printer.plays(play);
        answers(port);
        printer
    }

    /// What it does with the next document.
    pub fn plays(&self, play: &str) {
        std::fs::write(self.folder.join("play"), play).expect("the play");
    }

    /// What a play that waits for the file `go` waits for.
    pub fn go(&self) {
        std::fs::write(self.folder.join("go"), "").expect("the sign");
    }

    /// The document that it was given last; waits for it.
    pub async fn received(&self) -> Vec<u8> {
        let file = self.folder.join("received");
        let began = Instant::now();
        while !file.exists() {
            assert!(began.elapsed() < PATIENCE, "no document came");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        std::fs::read(file).expect("the document")
    }

    /// As if it had been struck by lightning: it forgets its jobs.
    pub fn kill(&mut self) {
        self.child.kill().expect("a process of ours");
        self.child.wait().expect("its end");
    }

    /// The same again, at the same address.
    pub fn start_again(&mut self) {
        self.child = run(&self.folder, self.port, &self.bus);
        answers(self.port);
    }

    /// It makes a new certificate when it starts again.
    pub fn lose_keys(&self) {
        std::fs::remove_dir_all(self.folder.join("keys")).expect("its keys");
        std::fs::create_dir_all(self.folder.join("keys")).expect("a folder");
    }

    pub fn uri(&self) -> String {
        format!("ipp://localhost:{}/ipp/print", self.port)
    }

    pub fn secure_uri(&self) -> String {
        format!("ipps://localhost:{}/ipp/print", self.port)
    }
}

impl Drop for Everywhere {
    fn drop(&mut self) {
        self.go();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(folder: &Path, port: u16, bus: &str) -> Child {
    Command::new("/usr/sbin/ippeveprinter")
        .env("DBUS_SYSTEM_BUS_ADDRESS", bus)
        .args(["-n", "localhost", "-r", "off", "-k", "-p"])
        .arg(port.to_string())
        .arg("-d")
        .arg(folder.join("spool"))
        .arg("-K")
        .arg(folder.join("keys"))
        .arg("-c")
        .arg(folder.join("command"))
        .args([
            "-f",
            "application/pdf,image/pwg-raster,image/urf,image/jpeg",
        ])
        .arg(format!("Kitchen {port}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("ippeveprinter")
}

/// cupsd, with queues of its own.
pub struct Cups {
    child: Child,
    port: u16,
    socket: PathBuf,
}

impl Cups {
    fn start(hall: &Hall) -> Cups {
        let folder = hall.folder.path().join("cups");
        for part in ["", "root", "spool", "tmp", "cache", "state", "keys"] {
            let part = folder.join(part);
            std::fs::create_dir_all(&part).expect("a folder");
            open_to_all(&part);
        }
        // Filters are not root.
        std::fs::set_permissions(folder.join("tmp"), std::fs::Permissions::from_mode(0o1777))
            .expect("the folder's rights");
        let port = free_port();
        let at = folder.display();
        let files = format!(
            "ServerRoot {at}/root\nRequestRoot {at}/spool\nTempDir {at}/tmp\nCacheDir {at}/cache\nStateDir {at}/state\n\
             ServerKeychain {at}/keys\nErrorLog {at}/error_log\nAccessLog {at}/access_log\nPageLog {at}/page_log\n\
             SystemGroup root\n"
        );
        let conf = format!(
            "Listen localhost:{port}\nListen {at}/cups.sock\nBrowsing Off\nDefaultAuthType None\nMaxJobTime 0\n\
             <Location />\nOrder allow,deny\nAllow localhost\n</Location>\n\
             <Location /admin>\nOrder allow,deny\nAllow localhost\n</Location>\n\
             <Policy default>\n<Limit All>\nOrder deny,allow\n</Limit>\n</Policy>\n"
        );
        std::fs::write(folder.join("cups-files.conf"), files).expect("its files");
        std::fs::write(folder.join("cupsd.conf"), conf).expect("its settings");
        let child = Command::new("/usr/sbin/cupsd")
            .env("DBUS_SYSTEM_BUS_ADDRESS", hall.bus())
            .arg("-f")
            .arg("-c")
            .arg(folder.join("cupsd.conf"))
            .arg("-s")
            .arg(folder.join("cups-files.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("cupsd");
        answers(port);
        let socket = folder.join("cups.sock");
        Cups {
            child,
            port,
            socket,
        }
    }

    /// Adds a queue. `model` is `raw`, or `everywhere` for a printer that describes itself.
    pub fn add(&self, name: &str, device: &str, model: &str) {
        let added = Command::new("/usr/sbin/lpadmin")
            .env("CUPS_SERVER", self.server())
            .args(["-p", name, "-v", device, "-m", model, "-E"])
            .args(["-o", "printer-error-policy=retry-job"])
            .output()
            .expect("lpadmin");
        let accepts = Command::new("/usr/sbin/cupsaccept")
            .env("CUPS_SERVER", self.server())
            .arg(name)
            .output()
            .expect("cupsaccept");
        assert!(
            added.status.success() && accepts.status.success(),
            "{}{}",
            String::from_utf8_lossy(&added.stderr),
            String::from_utf8_lossy(&accepts.stderr)
        );
    }

    /// As `CUPS_SERVER` says it.
    pub fn server(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// The same by its socket.
    pub fn socket(&self) -> String {
        self.socket.display().to_string()
    }

    pub fn uri(&self, queue: &str) -> String {
        format!("ipp://localhost:{}/printers/{queue}", self.port)
    }
}

impl Drop for Cups {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
    }
}

fn open_to_all(folder: &Path) {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
        .expect("the folder's rights");
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

fn answers(port: u16) {
    let there = || TcpStream::connect(("127.0.0.1", port)).is_ok();
    wait(there, "nobody listens");
}

fn wait(done: impl Fn() -> bool, complaint: &str) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "{complaint}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
