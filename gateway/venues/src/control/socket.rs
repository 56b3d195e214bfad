//! A socket file: one engine at a time, closed to everybody but its owner and whom he lets in.
//!
//! Owns the file from bind to removal, and the kernel's word on who is at the other end. Must never
//! remove a file that is not this engine's own or a dead engine's. Called by the control server.

use crate::exit::Failure;
use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// An engine that starts has this long to finish with the folder.
const TURN_DEADLINE: Duration = Duration::from_secs(2);

/// A bound socket. Dropping it removes the file.
pub struct Socket {
    pub listener: UnixListener,
    path: PathBuf,
    /// Device and inode: the file at our path is ours only while these are.
    identity: Option<(u64, u64)>,
}

impl Socket {
    /// Binds `path` (a folder that is missing is made with mode 0700). What a killed engine left
    /// there is replaced; anything else stays and is an error. The file is its owner's alone, unless
    /// others are allowed in: then anybody may knock, and the kernel says who does.
    pub fn bind(path: &Path, door: Door, access: &Access) -> Result<Self, Failure> {
        let folder = folder_of(path);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| failure(path, "its folder cannot be made", &error))?;
        check_folder(path, folder)?;
        let turn = take_turn(path, folder)?;
        clear(path)?;
        let listener =
            UnixListener::bind(path).map_err(|error| failure(path, "cannot be bound", &error))?;
        let identity = identity_of(path);
        let socket = Self { listener, path: path.to_path_buf(), identity };
        let mode = if access.others(door).next().is_some() { 0o666 } else { 0o600 };
        fs::set_permissions(path, Permissions::from_mode(mode))
            .and_then(|()| socket.listener.set_nonblocking(true))
            .map_err(|error| failure(path, "cannot be set up", &error))?;
        drop(turn);
        Ok(socket)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.identity.is_some() && identity_of(&self.path) == self.identity {
            // Nobody is left to tell, and the next engine replaces what it finds.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// An error that names the socket.
pub fn failure(path: &Path, what: &str, error: &io::Error) -> Failure {
    refused(path, &format!("{what}: {error}; choose another with --socket"))
}

fn refused(path: &Path, why: &str) -> Failure {
    Failure::Error(format!("control socket {}: {why}", path.display()))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn identity_of(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// In a folder where others may rename files, they could put their own socket in our place.
fn check_folder(path: &Path, folder: &Path) -> Result<(), Failure> {
    const STICKY: u32 = 0o1000;
    const OTHERS_WRITE: u32 = 0o002;
    let found =
        fs::metadata(folder).map_err(|error| failure(path, "its folder cannot be read", &error))?;
    if found.mode() & OTHERS_WRITE != 0 && found.mode() & STICKY == 0 {
        return Err(refused(
            path,
            &format!(
                "everybody may write to its folder, so anybody could stand in for the engine; \
                 chmod o-w {}, or choose another with --socket",
                folder.display()
            ),
        ));
    }
    if found.uid() != current_uid() && found.uid() != 0 {
        return Err(refused(
            path,
            &format!(
                "its folder {} belongs to uid {}; choose another with --socket",
                folder.display(),
                found.uid()
            ),
        ));
    }
    Ok(())
}

/// One engine at a time looks, clears and binds: two that start together must not remove each
/// other's socket.
fn take_turn(path: &Path, folder: &Path) -> Result<File, Failure> {
    let busy = |error: &io::Error| failure(path, "its folder cannot be locked", error);
    let lock = File::open(folder).map_err(|error| busy(&error))?;
    let deadline = Instant::now() + TURN_DEADLINE;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(busy(&error.into())),
        }
    }
}

/// Removes what a killed engine left behind, and nothing else.
fn clear(path: &Path) -> Result<(), Failure> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failure(path, "cannot be looked at", &error)),
    };
    if !found.file_type().is_socket() {
        let why =
            "there is something else at this path, and it stays; choose another with --socket";
        return Err(refused(path, why));
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(refused(
            path,
            "another engine listens there; stop it (ctl stop) or choose another with --socket",
        )),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path)
            .map_err(|error| failure(path, "left by a dead engine, and cannot be removed", &error)),
        Err(error) => Err(failure(path, "nobody can tell whether an engine listens", &error)),
    }
}

/// Where the socket for reading lies.
pub fn read_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".read");
    PathBuf::from(name)
}

/// Who is at the other end of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer {
    pub uid: u32,
    pub pid: u32,
}

impl Peer {
    /// As the kernel says.
    pub fn of(stream: &UnixStream) -> Option<Self> {
        let mut credentials = libc::ucred { pid: 0, uid: 0, gid: 0 };
        let mut length = libc::socklen_t::try_from(size_of::<libc::ucred>()).ok()?;
        // SAFETY: the pointers are to a live ucred and its length, as SO_PEERCRED wants; the
        // descriptor belongs to `stream`, which outlives the call.
        let result = unsafe {
            libc::getsockopt(
                stream.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_PEERCRED,
                (&raw mut credentials).cast(),
                &raw mut length,
            )
        };
        (result == 0).then(|| Self { uid: credentials.uid, pid: credentials.pid.unsigned_abs() })
    }
    /// The agent of a run, whoever plays it.
    pub const AGENT: Self = Self { uid: royale_model::Command::AGENT, pid: 0 };

    /// This process.
    pub fn own() -> Self {
        Self { uid: current_uid(), pid: std::process::id() }
    }
}

/// Which of the two sockets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Door {
    /// Questions and commands.
    Control,
    /// Questions only.
    Read,
}

/// Who may come in, beside the engine's own user and root.
#[derive(Clone, Debug, Default)]
pub struct Access {
    pub command_uids: Vec<u32>,
    pub read_uids: Vec<u32>,
}

impl Access {
    /// The others who may use a door; who may command may also ask.
    fn others(&self, door: Door) -> impl Iterator<Item = &u32> {
        let readers = self.read_uids.iter().filter(move |_| door == Door::Read);
        self.command_uids.iter().chain(readers)
    }
    pub fn admits(&self, door: Door, peer: Peer) -> bool {
        peer.uid == current_uid() || peer.uid == 0 || self.others(door).any(|&uid| uid == peer.uid)
    }
}

fn current_uid() -> u32 {
    // SAFETY: geteuid takes nothing, cannot fail and touches no memory.
    unsafe { libc::geteuid() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_command_may_ask_and_nobody_else_comes_in() {
        let access = Access { command_uids: vec![4_001], read_uids: vec![4_002] };
        let at =
            |uid| [Door::Control, Door::Read].map(|door| access.admits(door, Peer { uid, pid: 1 }));
        assert_eq!(at(0), [true, true]);
        assert_eq!(at(current_uid()), [true, true]);
        assert_eq!(at(4_001), [true, true]);
        assert_eq!(at(4_002), [false, true]);
        assert_eq!(at(4_003), [false, false]);
    }
}
