//! The way of each order, split by the events of the target `panbot::stage` that server, client and queue emit.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use api::OrderId;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

const TARGET: &str = "panbot::stage";

/// What a stage's event says.
#[derive(Debug, Clone, Default)]
struct Fields {
    stage: String,
    order: Option<String>,
    job: Option<String>,
    ticket: Option<String>,
}

impl Fields {
    fn set(&mut self, field: &Field, value: String) {
        match field.name() {
            "stage" => self.stage = value,
            "order" => self.order = Some(value),
            "job" => self.job = Some(value),
            "ticket" => self.ticket = Some(value),
            // The event on the business' channel, which names the order.
            "event" => {
                let event: Option<serde_json::Value> = serde_json::from_str(&value).ok();
                self.order = event.and_then(|event| Some(event["order_id"].as_str()?.to_owned()));
            }
            _ => {}
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, format!("{value:?}"));
    }
}

/// Every event with its time.
#[derive(Debug, Clone, Default)]
pub struct Recorder(Arc<Mutex<Vec<(Instant, Fields)>>>);

impl Recorder {
    /// Records from now on, and nothing but stages.
    pub fn install() -> anyhow::Result<Recorder> {
        let recorder = Recorder::default();
        let only = Targets::new().with_target(TARGET, tracing::Level::TRACE);
        tracing_subscriber::registry()
            .with(recorder.clone().with_filter(only))
            .try_init()?;
        Ok(recorder)
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let at = Instant::now();
        let mut fields = Fields::default();
        event.record(&mut fields);
        if let Some(span) = context.event_span(event)
            && let Some(around) = span.extensions().get::<Fields>()
        {
            fields.job = fields.job.or_else(|| around.job.clone());
        }
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((at, fields));
    }
}

/// What the bench itself knows of an order.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    pub order: OrderId,
    pub posted: Instant,
    pub answered: Instant,
    /// The last byte of its kitchen ticket at the printer.
    pub last_byte: Instant,
}

/// A row of the table, and how long it took for each order.
pub type Row = (&'static str, Vec<Duration>);

/// How long each part of the way took.
#[derive(Debug)]
pub struct Stages {
    /// From the answer to the commit of the tickets in the print queue.
    pub queued: Vec<Duration>,
    /// The stages in the order in which they follow each other.
    pub rows: Vec<Row>,
}

/// Splits it.
pub fn split(recorder: &Recorder, ways: &[Way]) -> anyhow::Result<Stages> {
    let events = recorder.0.lock().unwrap_or_else(PoisonError::into_inner);
    let mut rows: Vec<Row> = Vec::new();
    let mut queued = Vec::with_capacity(ways.len());
    for way in ways {
        let (submitted, stages) =
            stages_of(&events, way).with_context(|| format!("the way of {}", way.order))?;
        queued.push(submitted.saturating_duration_since(way.answered));
        for (number, (what, from, to)) in stages.into_iter().enumerate() {
            if rows.len() <= number {
                rows.push((what, Vec::with_capacity(ways.len())));
            }
            // Two tasks may note their events in the other order: that is no time at all.
            rows[number].1.push(to.saturating_duration_since(from));
        }
    }
    Ok(Stages { queued, rows })
}

type Stage = (&'static str, Instant, Instant);

/// When its tickets were committed, and its stages.
fn stages_of(events: &[(Instant, Fields)], way: &Way) -> anyhow::Result<(Instant, Vec<Stage>)> {
    let order = way.order.to_string();
    let of_order = |stage: &str| {
        let mut found = events.iter().filter(|(_, fields)| fields.stage == stage);
        found
            .find(|(_, fields)| fields.order.as_ref() == Some(&order))
            .map(|(at, _)| *at)
            .with_context(|| format!("no event {stage}"))
    };
    let answered = of_order("client.feed_answered")?;
    let asked = events
        .iter()
        .rev()
        .find(|(at, fields)| fields.stage == "client.feed_asked" && *at <= answered)
        .map(|(at, _)| *at)
        .context("no event client.feed_asked")?;
    let job = events
        .iter()
        .find(|(_, fields)| {
            let kitchen = fields
                .ticket
                .as_ref()
                .is_some_and(|ticket| ticket.starts_with("kitchen"));
            fields.stage == "queue.turn" && kitchen && fields.order.as_ref() == Some(&order)
        })
        .and_then(|(_, fields)| fields.job.clone())
        .context("no kitchen ticket had its turn")?;
    // A turn that found its printer busy is followed by another one: the last counts.
    let of_job = |stage: &str| {
        let mut found = events
            .iter()
            .rev()
            .filter(|(_, fields)| fields.stage == stage);
        found
            .find(|(_, fields)| fields.job.as_ref() == Some(&job))
            .map(|(at, _)| *at)
            .with_context(|| format!("no event {stage}"))
    };
    let (committed, published) = (of_order("server.committed")?, of_order("server.published")?);
    let (event, rendered) = (of_order("client.event")?, of_order("client.rendered")?);
    let (submitted, kept) = (of_order("client.submitted")?, of_order("client.kept")?);
    let (turn, reached, encoded) = (
        of_job("queue.turn")?,
        of_job("queue.reached")?,
        of_job("queue.encoded")?,
    );
    let (intent, written) = (
        of_job("queue.intent_committed")?,
        of_job("printer.written")?,
    );
    let (proven, outcome) = (of_job("queue.proven")?, of_job("queue.outcome_committed")?);
    let ready = submitted.max(reached).max(encoded);
    let stages = vec![
        (
            "order posted -> committed by the server",
            way.posted,
            committed,
        ),
        ("committed -> published", committed, published),
        ("published -> event at the counter", published, event),
        ("event -> the feed is asked", event, asked),
        ("feed asked -> answered", asked, answered),
        ("routed and rendered", answered, rendered),
        (
            "order and its tickets committed (submit)",
            rendered,
            submitted,
        ),
        ("  beside it: ticket encoded", turn, encoded),
        ("  beside it: printer connected, its status", turn, reached),
        ("all three done -> attempt committed", ready, intent),
        ("bytes written to the printer", intent, written),
        ("written -> last byte read there", written, way.last_byte),
        ("written -> confirmed by the printer", written, proven),
        ("confirmed -> outcome committed", proven, outcome),
        (
            "beside all of it: order kept for the window",
            submitted,
            kept,
        ),
        (
            "order posted -> last byte at the printer",
            way.posted,
            way.last_byte,
        ),
    ];
    Ok((submitted, stages))
}
