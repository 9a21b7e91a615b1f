//! A counter before anybody signed in, and one folder for one counter.

use std::{path::Path, sync::Arc};

use api::{Code, JobId};
use client::{
    Client, Options, StartError,
    host::{Host, Ring, SecretError},
    view::{LinkView, Notice, SessionView, Update},
};
use uuid::Uuid;

/// A host without a memory.
struct Nobody;

impl Host for Nobody {
    fn read_secret(&self, _: &str) -> Result<Option<String>, SecretError> {
        Ok(None)
    }
    fn write_secret(&self, _: &str, _: &str) -> Result<(), SecretError> {
        Ok(())
    }
    fn delete_secret(&self, _: &str) -> Result<(), SecretError> {
        Ok(())
    }
    fn emit(&self, _: Update) {}
    fn ring(&self, _: Ring) {}
}

async fn start(folder: &Path) -> Result<Client, StartError> {
    let options = Options {
        data_dir: folder.to_owned(),
        counter_name: "Test".into(),
        ..Options::default()
    };
    Client::start(options, Arc::new(Nobody)).await
}

#[tokio::test]
async fn a_new_counter_shows_the_login_and_says_that_nobody_is_signed_in() {
    let folder = tempfile::tempdir().unwrap();
    let client = start(folder.path()).await.unwrap();
    let now = client.snapshot().await.unwrap();
    assert_eq!(now.counter.name, "Test");
    assert_eq!(now.counter.link, LinkView::Off);
    assert_eq!(now.counter.print_here, None);
    let nobody = SessionView::SignedOut {
        server: None,
        email: None,
        ended: None,
    };
    assert_eq!(now.counter.session, nobody);
    let problem = client.reprint(JobId(Uuid::now_v7())).await.unwrap_err();
    assert_eq!(problem.code, Code::Unauthenticated);
    client.shutdown().await;
    assert_eq!(client.snapshot().await.unwrap_err().code, Code::Unavailable);
}

#[tokio::test]
async fn two_programs_never_work_with_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(folder.path()).await.unwrap();
    let id = first.snapshot().await.unwrap().counter.id;
    let second = start(folder.path()).await.unwrap_err();
    assert!(matches!(second, StartError::InUse(_)), "{second}");
    assert!(second.to_string().contains("close it first"));
    first.shutdown().await;
    let again = start(folder.path()).await.unwrap();
    assert_eq!(
        again.snapshot().await.unwrap().counter.id,
        id,
        "it is the same counter"
    );
    again.shutdown().await;
}

#[tokio::test]
async fn a_counter_that_lost_its_name_says_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("counter.json"), "{").unwrap();
    let client = start(folder.path()).await.unwrap();
    let notices = client.snapshot().await.unwrap().counter.notices;
    assert!(
        matches!(&notices[..], [Notice::FileSetAside { path }] if path.contains("damaged")),
        "{notices:?}"
    );
    client.dismiss_notices().await.unwrap();
    assert!(client.snapshot().await.unwrap().counter.notices.is_empty());
    client.shutdown().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = start(&file).await.unwrap_err();
    assert!(
        error.to_string().contains(&file.display().to_string()),
        "{error}"
    );
}
