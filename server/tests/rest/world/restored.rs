//! A database that is put back to an earlier state, as from a backup.

use sea_orm::{ConnectionTrait, Database};

use super::{Place, World};

/// An earlier state of a world's database.
pub enum Backup {
    Sqlite(Vec<u8>),
    Postgres(String),
}

impl World {
    /// Copies the database while nobody has it open.
    pub async fn back_up(&mut self) -> Backup {
        self.close().await;
        let backup = match &self.place {
            Place::Sqlite(folder) => {
                let file = folder.path().join("server.sqlite");
                Backup::Sqlite(std::fs::read(file).expect("a file"))
            }
            Place::Postgres { admin, name } => {
                let copy = format!("{name}_copy");
                run(admin, &format!("CREATE DATABASE {copy} TEMPLATE {name}")).await;
                Backup::Postgres(copy)
            }
        };
        self.open_again().await;
        backup
    }

    /// Puts the database back to what it was, and forgets the backup.
    pub async fn restore(&mut self, backup: Backup) {
        self.close().await;
        match (&self.place, backup) {
            (Place::Sqlite(folder), Backup::Sqlite(bytes)) => {
                for entry in std::fs::read_dir(folder.path()).expect("a folder") {
                    std::fs::remove_file(entry.expect("a file").path()).expect("it goes");
                }
                std::fs::write(folder.path().join("server.sqlite"), bytes).expect("a file");
            }
            (Place::Postgres { admin, name }, Backup::Postgres(copy)) => {
                run(admin, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
                run(admin, &format!("ALTER DATABASE {copy} RENAME TO {name}")).await;
            }
            _ => panic!("a backup of another database"),
        }
        self.open_again().await;
    }

    async fn close(&mut self) {
        self.stop().await;
        self.rows.close_by_ref().await.expect("closes");
    }

    async fn open_again(&mut self) {
        self.rows = Database::connect(self.place.url()).await.expect("opens");
        self.start().await;
    }
}

async fn run(admin: &str, statement: &str) {
    let server = Database::connect(admin).await.expect("PostgreSQL answers");
    server.execute_unprepared(statement).await.expect(statement);
    server.close().await.expect("closes");
}
