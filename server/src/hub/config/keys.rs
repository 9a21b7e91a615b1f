//! Keys that this hub knows and leaves to Centrifugo. None of them narrows who may do what: what a key would
//! allow stays forbidden here, and a key that forbids is either applied or unknown.

/// Top level.
pub const ROOT: &[&str] = &[
    "admin",
    "broker",
    "consumers",
    "debug",
    "emulation",
    "engine",
    "graphite",
    "grpc_api",
    "health",
    "http_server",
    "http_stream",
    "log",
    "node",
    "opentelemetry",
    "pid_file",
    "presence_manager",
    "prometheus",
    "shutdown",
    "sse",
    "swagger",
    "usage_stats",
    "websocket",
    "webtransport",
];

/// `http_api`; its `key` is a placeholder.
pub const HTTP_API: &[&str] = &["disabled", "error_mode", "external", "handler_prefix"];

/// `client`.
pub const CLIENT: &[&str] = &[
    "allow_anonymous_connect_without_token",
    "allowed_delta_types",
    "channel_position_check_delay",
    "channel_position_max_time_lag",
    "concurrency",
    "connect_include_server_time",
    "connection_limit",
    "connection_rate_limit",
    "presence_update_interval",
];

/// `client.token` and `client.subscription_token`: other ways to sign.
pub const TOKEN: &[&str] = &["ecdsa_public_key", "jwks_public_endpoint", "rsa_public_key"];

/// `channel`.
pub const CHANNEL: &[&str] = &["user_separator"];

/// A namespace.
pub const NAMESPACE: &[&str] = &[
    "allow_history_for_anonymous",
    "allow_presence_for_anonymous",
    "allow_publish_for_anonymous",
    "allow_publish_for_client",
    "allow_publish_for_subscriber",
    "allow_subscribe_for_anonymous",
    "allow_user_limited_channels",
    "allowed_delta_types",
    "delta_publish",
];
