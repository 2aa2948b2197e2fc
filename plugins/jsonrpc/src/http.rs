//! HTTP/1.1 (RFC 9112), as far as JSON-RPC needs it: without sockets, a server's side and a client's.

mod body;
mod client;
mod head;
mod response;
mod server;

pub use client::{Answer, exchange, is_token};
pub use head::{RequestHead, is_encoded};
pub use response::Status;
pub use server::{Answered, Application, Connection, closed, overloaded, received};

/// The largest head of a message.
pub const LARGEST_HEAD: usize = 16 << 10;
/// The largest body.
pub const LARGEST_BODY: usize = 16 << 20;
/// How many header fields a message may have.
const MOST_FIELDS: usize = 100;
