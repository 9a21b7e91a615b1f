//! Password hashing with argon2id; unknown users cost the same work as known ones.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use argon2::{
    Argon2,
    password_hash::{self, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

/// How long a login waits for a free permit.
const PERMIT_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs hashes, each of which takes 19 MiB and a core: never more at once than there are permits.
#[derive(Debug, Clone)]
pub(crate) struct HashPool {
    permits: Arc<Semaphore>,
    timeout: Duration,
}

/// Why a hash gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HashError {
    /// No permit became free in time.
    Busy,
    /// The work panicked.
    Panicked,
}

impl HashPool {
    pub(crate) fn with_permit_per_core() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        HashPool::with_permits(cores)
    }

    pub(crate) fn with_permits(permits: usize) -> Self {
        HashPool {
            permits: Arc::new(Semaphore::new(permits)),
            timeout: PERMIT_TIMEOUT,
        }
    }

    /// Runs the work on a thread that may block. The permit belongs to the work: when the caller hangs up, the work
    /// runs to its end and keeps its permit until then.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let waiting = Arc::clone(&self.permits).acquire_owned();
        let permit = tokio::time::timeout(self.timeout, waiting)
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or(HashError::Busy)?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(|error| {
            tracing::error!(%error, "hashing a password failed");
            HashError::Panicked
        })
    }
}

/// Hashes a password with a fresh salt, in PHC format.
///
/// # Errors
/// Only when the operating system gives no random bytes.
pub(crate) fn hash(password: &str) -> Result<String, password_hash::Error> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
}

/// Whether the password matches the hash. Without a hash the answer is no, after the same work, so that timing does not
/// reveal who has an account. Takes tens of milliseconds: call it on a blocking thread only.
pub(crate) fn verify(password: &str, hash: Option<&str>) -> bool {
    static DUMMY_HASH: LazyLock<Option<String>> =
        LazyLock::new(|| self::hash("a password that nobody has").ok());
    let known = hash.is_some();
    let Some(hash) = hash.or(DUMMY_HASH.as_deref()) else {
        return false;
    };
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    }) && known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_whose_caller_has_hung_up_keeps_its_permit_until_it_is_done() {
        let pool = HashPool {
            timeout: Duration::from_millis(50),
            ..HashPool::with_permits(1)
        };
        let (started, has_started) = tokio::sync::oneshot::channel();
        let (finish, may_finish) = std::sync::mpsc::channel::<()>();
        let first = tokio::spawn({
            let pool = pool.clone();
            async move {
                pool.run(move || {
                    started.send(()).expect("the test waits");
                    may_finish.recv().expect("the test says when");
                })
                .await
            }
        });
        has_started.await.expect("it has begun");
        first.abort();
        assert!(first.await.is_err_and(|error| error.is_cancelled()));
        assert_eq!(pool.run(|| ()).await, Err(HashError::Busy));
        finish.send(()).expect("the work still runs");
        let patient = HashPool {
            timeout: Duration::from_secs(20),
            ..pool
        };
        assert_eq!(patient.run(|| ()).await, Ok(()));
    }

    #[tokio::test]
    async fn a_hash_that_panics_gives_its_permit_back() {
        let pool = HashPool::with_permits(1);
        let failed = pool.run(|| panic!("as a test")).await;
        assert_eq!(failed, Err::<(), _>(HashError::Panicked));
        assert_eq!(pool.run(|| ()).await, Ok(()));
    }

    #[test]
    fn only_the_right_password_fits_and_the_hash_does_not_show_it() {
        let kept = hash("Grüner Tee").expect("hashes");
        assert!(kept.starts_with("$argon2id$") && !kept.contains("Tee"));
        assert_ne!(
            kept,
            hash("Grüner Tee").expect("hashes"),
            "each has its own salt"
        );
        assert!(verify("Grüner Tee", Some(&kept)));
        assert!(!verify("grüner Tee", Some(&kept)));
        assert!(!verify("", Some(&kept)));
        assert!(!verify("Grüner Tee", Some("not a hash")));
        assert!(!verify("a password that nobody has", None));
    }
}
