//! Leases: a counter owns its printers as long as it renews, where another one may take over.

pub mod decide;

use api::{
    BusinessId, Code, CounterId,
    counter::{Renewal, Renewed},
    feed::{Claim, ClaimFrom},
};
use axum::extract::State;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QueryResult, QuerySelect,
};
use uuid::Uuid;

pub use self::decide::Terms;
use self::decide::{Answer, Asks, Known, Owner};
use crate::{
    auth::Staff,
    clock,
    db::{Db, counter, decoded_singly},
    refusal::{Json, Refusal, no},
    settings,
};

/// The longest proof that is taken, in bytes.
const MAX_PROOF: usize = 100;

/// Renews the lease of all printers of a counter. A second program with its id, such as one on a copied disk, is told
/// so.
#[utoipa::path(post, path = "/api/v1/counters/lease", operation_id = "renew_lease", tag = "counters", request_body = Renewal,
    responses((status = 200, body = Renewed),
        (status = 404, body = api::Problem, description = "the counter is not registered: POST /api/v1/counters first"),
        (status = 409, body = api::Problem, description = "counter_cloned: another running program has this id")))]
pub(crate) async fn renew(
    State(db): State<Db>,
    State(terms): State<Terms>,
    Staff(claims): Staff,
    Json(renewal): Json<Renewal>,
) -> Result<axum::Json<Renewed>, Refusal> {
    let sent = renewal.proof.as_deref();
    if sent.is_some_and(|proof| proof.len() > MAX_PROOF) {
        return Err(no(Code::Invalid, "no server has given out a proof like this").at("proof"));
    }
    let business = claims.business_id;
    let tx = db.write().await?;
    let leases = of(&tx, business).await?;
    let id = renewal.counter;
    let row = leases.counter(id).ok_or_else(|| {
        no(
            Code::NotFound,
            "this restaurant has no such counter: register it with POST /api/v1/counters",
        )
        .at("counter")
    })?;
    let known = Known {
        proof: row.proof.as_deref(),
        previous: row.previous_proof.as_deref(),
        run: row.run,
        machine: row.machine,
        renewed_at: row.renewed_at,
    };
    let asks = Asks {
        run: renewal.run,
        proof: sent,
        machine: renewal.machine,
    };
    let now = leases.now;
    let (proof, previous) = match (decide::renewal(known, asks, terms, now), &row.proof) {
        (Answer::Again, Some(proof)) => (proof.clone(), row.previous_proof.clone()),
        (Answer::Again | Answer::Rotate, newest) => {
            let proof = decide::next_proof(newest.as_deref(), sent, Uuid::new_v4());
            // What this program holds until the answer reaches it.
            (proof, sent.map(str::to_owned))
        }
        (Answer::Cloned, _) => {
            tracing::warn!(counter = %id, run = %renewal.run, "two running programs have the id of one counter");
            return Err(no(
                Code::CounterCloned,
                "another running program has the same counter id: this one prints nothing until somebody says which is which",
            )
            .at("counter"));
        }
    };
    let unbroken = decide::unbroken_since(row.renewed_at, row.unbroken_since, terms, now);
    let lease_ms = decide::lease_ms(leases.standby, leases.others_in_use(id), terms);
    counter::Entity::update_many()
        .set(counter::ActiveModel {
            last_heard: Set(now),
            lease_until: Set(decide::until(lease_ms, now)),
            proof: Set(Some(proof.clone())),
            previous_proof: Set(previous),
            run: Set(Some(renewal.run)),
            machine: Set(renewal.machine),
            renewed_at: Set(Some(now)),
            unbroken_since: Set(Some(unbroken)),
            ..counter::ActiveModel::default()
        })
        .filter(counter::Column::BusinessId.eq(business.0))
        .filter(counter::Column::Id.eq(id.0))
        .exec(&tx)
        .await?;
    let over = match decide::may_stand_in(Some(unbroken), terms, now) {
        true => leases.over(id),
        false => Vec::new(),
    };
    let silent = leases.silent(id, terms);
    tx.commit().await?;
    Ok(axum::Json(Renewed {
        proof,
        lease_ms,
        over,
        silent,
    }))
}

/// The leases of a business at one moment.
#[derive(Debug)]
pub(crate) struct Leases {
    counters: Vec<counter::Model>,
    standby: bool,
    now: i64,
}

/// Reads the leases, and locks them until the transaction ends: of a renewal and a claim one comes first.
pub(crate) async fn of(tx: &DatabaseTransaction, business: BusinessId) -> Result<Leases, Refusal> {
    let select = counter::Entity::find()
        .filter(counter::Column::BusinessId.eq(business.0))
        // Everybody locks them in the same order.
        .order_by_asc(counter::Column::Id)
        .lock_exclusive();
    let counters = decoded_singly(tx, select).await?;
    let counters = counters
        .into_iter()
        .filter_map(|(raw, row)| row.or_else(|error| readable(business, &raw, &error)).ok())
        .collect();
    let standby = match settings::business(tx, business).await {
        Ok(business) => business.standby,
        // Damaged, which is logged. Without standby ownership does not expire.
        Err(refusal) if refusal.problem.code == Code::Internal => false,
        Err(refusal) => return Err(refusal),
    };
    Ok(Leases {
        counters,
        standby,
        // After the locks were waited for.
        now: clock::now()?.as_millisecond(),
    })
}

/// What can be read of a damaged row: the others go on, and its own next renewal writes it anew. What is not known ends no
/// lease.
fn readable(
    business: BusinessId,
    raw: &QueryResult,
    error: &DbErr,
) -> Result<counter::Model, DbErr> {
    tracing::error!(%business, %error, "the row of a counter is damaged");
    Ok(counter::Model {
        business_id: business.0,
        id: raw.try_get("", "id")?,
        name: raw.try_get("", "name").unwrap_or_default(),
        last_heard: raw.try_get("", "last_heard").unwrap_or_default(),
        lease_until: raw.try_get("", "lease_until").unwrap_or_default(),
        proof: raw.try_get("", "proof").unwrap_or_default(),
        previous_proof: raw.try_get("", "previous_proof").unwrap_or_default(),
        run: raw.try_get("", "run").unwrap_or_default(),
        machine: raw.try_get("", "machine").unwrap_or_default(),
        renewed_at: raw.try_get("", "renewed_at").unwrap_or_default(),
        unbroken_since: raw.try_get("", "unbroken_since").unwrap_or_default(),
    })
}

impl Leases {
    fn counter(&self, id: CounterId) -> Option<&counter::Model> {
        self.counters.iter().find(|counter| counter.id == id.0)
    }

    fn others(&self, id: CounterId) -> impl Iterator<Item = &counter::Model> {
        self.counters
            .iter()
            .filter(move |counter| counter.id != id.0)
    }

    fn others_in_use(&self, id: CounterId) -> bool {
        let since = self.now.saturating_sub(decide::IN_USE_MS);
        self.others(id).any(|counter| counter.last_heard >= since)
    }

    /// Other counters whose lease is over.
    fn over(&self, id: CounterId) -> Vec<CounterId> {
        if !self.standby {
            return Vec::new();
        }
        self.others(id)
            .filter(|counter| decide::is_over(counter.lease_until, self.now))
            .map(|counter| counter.id.into())
            .collect()
    }

    /// Other counters that were not heard for as long as a lease lasts.
    fn silent(&self, id: CounterId, terms: Terms) -> Vec<CounterId> {
        self.others(id)
            .filter(|counter| decide::is_silent(counter.last_heard, terms, self.now))
            .map(|counter| counter.id.into())
            .collect()
    }

    /// Whether a claim of this counter may take a printer from its owner.
    pub(crate) fn may_take(&self, claim: &Claim, owner: Option<CounterId>, terms: Terms) -> bool {
        let stands_in = |counter: &counter::Model| {
            decide::may_stand_in(counter.unbroken_since, terms, self.now)
        };
        let waits = match claim.from {
            ClaimFrom::LeaseEnded => !self.counter(claim.counter).is_some_and(stands_in),
            ClaimFrom::Nobody | ClaimFrom::Anybody => false,
        };
        let owner = owner.map_or(Owner::Nobody, |owner| Owner::Counter {
            // One that is not registered any more has no lease that could end.
            lease_until: self.counter(owner).and_then(|counter| counter.lease_until),
        });
        !(waits && owner != Owner::Nobody)
            && decide::may_take(claim.from, owner, self.standby, self.now)
    }
}
