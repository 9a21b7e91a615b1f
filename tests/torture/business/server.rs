//! The backend's process: the real server with the demo's restaurant, whose printers have no paper. It is killed, stopped
//! and brought back from copies of its database.

use std::{path::Path, time::Duration};

use api::{BusinessId, session::Login};
use serde::{Deserialize, Serialize};
use server::{
    Options, Secrets,
    demo::{Account, Demo},
    leases::Terms,
};

use crate::program;

/// A lease is over in a moment.
pub const LEASES: Terms = Terms {
    lease_ms: 3_000,
    renewal_ms: 400,
};

/// How it is started: where counters find its realtime connection, and names and addresses of its printers.
#[derive(Debug, Serialize, Deserialize)]
pub struct Start {
    pub public_url: String,
    pub printers: Vec<(String, String)>,
}

/// What it says once it can be asked.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ready {
    pub url: String,
    pub business: BusinessId,
    pub owner: Login,
    pub staff: Login,
}

/// The file of its database.
pub const DATABASE: &str = "server.sqlite";

/// Serves until stdin is closed.
pub async fn serve(folder: &Path, start: &str) -> anyhow::Result<()> {
    let start: Start = serde_json::from_str(start)?;
    let database = format!("sqlite:{}", folder.join(DATABASE).display());
    let secrets = Secrets {
        jwt: "the torture signs access tokens with these words".into(),
        realtime: "the torture signs connection tokens with these words".into(),
        realtime_sub: "the torture signs subscription tokens with these words".into(),
    };
    let mut options = Options::new(database, secrets);
    options.public_url = Some(start.public_url);
    options.leases = LEASES;
    options.demo = Some(Demo {
        printers: start
            .printers
            .into_iter()
            .map(|(name, address)| Ok((name, Some(address.parse()?))))
            .collect::<anyhow::Result<_>>()?,
        order_every: Duration::ZERO,
    });
    let running = server::start(options).await?;
    let demo = running.demo.clone();
    let demo = demo.ok_or_else(|| anyhow::anyhow!("there is no restaurant"))?;
    let ready = Ready {
        url: running.url.clone(),
        business: demo.business_id,
        owner: login(demo.owner),
        staff: login(demo.staff),
    };
    program::serve(&serde_json::to_string(&ready)?, |()| async {}).await?;
    running.shutdown().await;
    Ok(())
}

fn login(account: Account) -> Login {
    Login {
        email: account.email,
        password: account.password,
        device_key: None,
    }
}
