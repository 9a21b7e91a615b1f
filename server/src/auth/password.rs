//! Passwords: argon2id, and as much work for somebody we do not know as for somebody we do.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{self, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

/// A hash that is kept instead of the password, in PHC format, with a salt of its own.
///
/// # Errors
/// Only when the operating system gives no random bytes.
pub(crate) fn hash(password: &str) -> Result<String, password_hash::Error> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
}

/// Whether the password belongs to the hash. Without a hash the answer is no, after the same work, so that the time
/// does not tell who has an account. Takes tens of milliseconds: never on a thread that serves requests.
pub(crate) fn fits(password: &str, hash: Option<&str>) -> bool {
    static NOBODY: LazyLock<Option<String>> =
        LazyLock::new(|| self::hash("a password that nobody has").ok());
    let known = hash.is_some();
    let Some(hash) = hash.or(NOBODY.as_deref()) else {
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

    #[test]
    fn only_the_right_password_fits_and_the_hash_does_not_show_it() {
        let kept = hash("Grüner Tee").expect("hashes");
        assert!(kept.starts_with("$argon2id$") && !kept.contains("Tee"));
        assert_ne!(
            kept,
            hash("Grüner Tee").expect("hashes"),
            "each has its own salt"
        );
        assert!(fits("Grüner Tee", Some(&kept)));
        assert!(!fits("grüner Tee", Some(&kept)));
        assert!(!fits("", Some(&kept)));
        assert!(!fits("Grüner Tee", Some("not a hash")));
        assert!(!fits("a password that nobody has", None));
    }
}
