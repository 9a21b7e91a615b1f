//! Executes the state machine's actions on a real socket and feeds the results back into it.

use std::{future::Future, pin::Pin, time::Instant};

use api::{Event, centrifugo::Publication, session::RealtimeToken};
use futures_util::{SinkExt as _, StreamExt as _, stream::FuturesUnordered};
use tokio::{
    net::TcpStream,
    sync::{mpsc, watch},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{
        Error, Message,
        protocol::{CloseFrame, WebSocketConfig},
    },
};

use super::{RealtimeState, TokenSource, WRITE, Wake};
use crate::connection::{Action, Connection, Recovered, TokenFault, TokenFor, codes};

/// How many bytes a message of the server may have; recovered events come many at a time.
const MESSAGE_LIMIT: usize = 4 << 20;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type Answer = (TokenFor, u64, Result<RealtimeToken, TokenFault>);

/// The state machine with its socket.
pub struct Driver<T> {
    machine: Connection,
    channel: String,
    tokens: T,
    wake: mpsc::Sender<Wake>,
    /// A wake-up did not fit into the channel.
    missed: bool,
    status: watch::Sender<RealtimeState>,
}

/// State of the socket.
enum SocketState {
    None,
    Dialling(Later<'static, Result<Box<Socket>, Error>>),
    Open(Box<Socket>),
}

/// Input for the state machine.
enum Incoming {
    Socket(Result<Message, Error>),
    End,
    Dialled(Result<Box<Socket>, Error>),
    Token(Answer),
    Timeout,
    WakeCapacity,
    ReceiverDropped,
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl<T: TokenSource> Driver<T> {
    pub fn new(
        machine: Connection,
        channel: String,
        tokens: T,
        wake: mpsc::Sender<Wake>,
        status: watch::Sender<RealtimeState>,
    ) -> Driver<T> {
        Driver {
            machine,
            channel,
            tokens,
            wake,
            missed: false,
            status,
        }
    }

    /// Returns when the receiver of wake-ups was dropped.
    pub async fn run(self) {
        let Driver {
            mut machine,
            channel,
            tokens,
            wake,
            mut missed,
            status,
        } = self;
        let mut connection = SocketState::None;
        let mut asked: FuturesUnordered<Later<'_, Answer>> = FuturesUnordered::new();
        loop {
            let due = machine.next_timeout().map(tokio::time::Instant::from_std);
            // What has arrived is read before overdue timers fire: after a PC has slept both are there at once.
            let incoming = tokio::select! {
                biased;
                incoming = connection.next() => incoming,
                Some(answer) = asked.next() => Incoming::Token(answer),
                () = until(due) => Incoming::Timeout,
                room = wake.reserve(), if missed => match room {
                    Ok(permit) => {
                        permit.send(Wake::Recovered { gap: true });
                        Incoming::WakeCapacity
                    }
                    Err(_) => Incoming::ReceiverDropped,
                },
                () = wake.closed() => Incoming::ReceiverDropped,
            };
            let actions = match incoming {
                Incoming::ReceiverDropped => return,
                Incoming::WakeCapacity => {
                    missed = false;
                    continue;
                }
                Incoming::Timeout => machine.on_timeout(now()),
                Incoming::Token((which, attempt, result)) => {
                    machine.on_token(which, attempt, result, now())
                }
                Incoming::Dialled(Ok(socket)) => {
                    connection = SocketState::Open(socket);
                    machine.on_open(now())
                }
                Incoming::Dialled(Err(error)) | Incoming::Socket(Err(error)) => {
                    connection = SocketState::None;
                    let (code, reason) = closed_by(&error);
                    machine.on_closed(code, &reason, now())
                }
                Incoming::End => {
                    connection = SocketState::None;
                    machine.on_closed(codes::ABNORMAL, "the connection broke", now())
                }
                Incoming::Socket(Ok(Message::Text(text))) => machine.on_frame(&text, now()),
                Incoming::Socket(Ok(Message::Close(frame))) => {
                    connection = SocketState::None;
                    let (code, reason) = close_reason(frame);
                    machine.on_closed(code, &reason, now())
                }
                // The library answers WebSocket's own pings; binary frames are not in this protocol.
                Incoming::Socket(Ok(
                    Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_),
                )) => continue,
            };
            let mut actions = std::collections::VecDeque::from(actions);
            while let Some(action) = actions.pop_front() {
                match action {
                    Action::Dial { url } => {
                        connection = SocketState::Dialling(Box::pin(async move {
                            connect_async_with_config(url, Some(bounds()), false)
                                .await
                                .map(|(socket, _)| Box::new(socket))
                        }));
                    }
                    Action::Close => {
                        connection.close();
                        // Tokens of an ended try are of no interest.
                        asked.clear();
                    }
                    Action::Send(text) => {
                        if let Err(reason) = connection.send(text).await {
                            connection = SocketState::None;
                            actions.extend(machine.on_closed(codes::ABNORMAL, &reason, now()));
                        }
                    }
                    Action::FetchConnectionToken { attempt } => {
                        let token = tokens.token(None);
                        asked.push(Box::pin(async move {
                            (TokenFor::Connection, attempt, token.await)
                        }));
                    }
                    Action::FetchSubscriptionToken { attempt } => {
                        let token = tokens.token(Some(channel.clone()));
                        asked.push(Box::pin(async move {
                            (TokenFor::Subscription, attempt, token.await)
                        }));
                    }
                    Action::Deliver(publication) => {
                        let data = publication.data.as_ref().map(|data| data.get());
                        tracing::trace!(target: "panbot::stage", stage = "client.event", event = data);
                        missed |= event(&publication)
                            .is_some_and(|event| wake.try_send(Wake::Event(event)).is_err());
                    }
                    Action::Subscribed(recovered) => {
                        let what = match recovered {
                            Recovered::Fresh => Wake::Connected,
                            Recovered::All => Wake::Recovered { gap: false },
                            Recovered::Gap => Wake::Recovered { gap: true },
                        };
                        missed |= wake.try_send(what).is_err();
                    }
                }
            }
            status.send_if_modified(|state| {
                let next = RealtimeState::of(machine.status(), state, jiff::Timestamp::now());
                let changed = *state != next;
                if changed {
                    tracing::info!(state = ?next, "realtime");
                    *state = next;
                }
                changed
            });
        }
    }
}

impl SocketState {
    async fn next(&mut self) -> Incoming {
        match self {
            SocketState::None => std::future::pending().await,
            SocketState::Dialling(socket) => {
                let socket = socket.await;
                Incoming::Dialled(socket)
            }
            SocketState::Open(socket) => match socket.next().await {
                Some(message) => Incoming::Socket(message),
                None => Incoming::End,
            },
        }
    }

    /// Drops the socket without a close handshake, which would wait for a peer that may be gone.
    fn close(&mut self) {
        *self = SocketState::None;
    }

    async fn send(&mut self, text: String) -> Result<(), String> {
        let SocketState::Open(socket) = self else {
            return Ok(());
        };
        match tokio::time::timeout(WRITE, socket.send(Message::text(text))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the server takes nothing more".to_owned()),
        }
    }
}

/// No message of this protocol comes near these sizes.
fn bounds() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_LIMIT))
        .max_frame_size(Some(MESSAGE_LIMIT))
}

async fn until(due: Option<tokio::time::Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// `None` for what is no event; a backend that sends such a thing is reported, and the next order is asked for anyway.
fn event(publication: &Publication) -> Option<Event> {
    let data = publication.data.as_ref()?;
    match serde_json::from_str(data.get()) {
        Ok(event) => Some(event),
        Err(error) => {
            tracing::warn!(%error, data = data.get(), "a publication that is no event");
            Some(Event::Unknown)
        }
    }
}

fn close_reason(frame: Option<CloseFrame>) -> (u16, String) {
    match frame {
        Some(frame) => (frame.code.into(), frame.reason.to_string()),
        None => (1005, String::new()),
    }
}

/// The code that stands for a broken socket. A message beyond all bounds is final: it would come again.
fn closed_by(error: &Error) -> (u16, String) {
    let code = if matches!(error, Error::Capacity(_)) {
        1009
    } else {
        codes::ABNORMAL
    };
    (code, error.to_string())
}
