//! TCP for transport plugins, over WASI's sockets.
//!
//! A mock server is a [`Listener`] and a [`Protocol`]. The listener has the sockets; the protocol says what to answer, and
//! knows nothing of sockets, so it can be tested without a WebAssembly runtime:
//!
//! ```
//! /// Answers each line with the same line.
//! struct Echo;
//!
//! impl Protocol for Echo {
//!     type Connection = ();
//!
//!     fn received(&mut self, _: &mut (), input: &mut Vec<u8>, output: &mut Vec<u8>) -> Then {
//!         if let Some(end) = input.iter().rposition(|byte| *byte == b'\n') {
//!             output.extend(input.drain(..=end));
//!         }
//!         Then::Continue
//!     }
//! }
//!
//! // In start-mock-server:
//! let listener: Listener<Echo> = Listener::open(&request.host_interface, request.port)?;
//! // In serve-mock-server:
//! listener.serve(&mut Echo, until)
//! ```
//!
//! `until` is WASI's pollable. A plugin tells the generator of its bindings to use the one of this crate:
//! `with: { "wasi:io/poll@0.2.3": tcp::poll }`.
//!
//! A [`Client`] is one outbound connection, for verifying a provider.
//!
//! The functions that touch sockets only work inside a component. Natively they can be linked, and panic.

mod address;
mod client;
mod connection;
#[cfg(test)]
mod connection_tests;
mod listener;
mod race;
mod stream;

pub use client::Client;
pub use listener::Listener;
pub use wasip2::io::poll;
pub use wasip2::io::poll::Pollable;

/// What a server answers to what its clients send.
pub trait Protocol {
    /// What the protocol remembers about one connection.
    type Connection: Default;

    /// Bytes have come; they are at the end of `input`. Takes away what is complete, leaves the rest, and appends answers to
    /// `output`. How large `input` may become is for the protocol to decide: it answers [`Then::Close`] if it is too much.
    ///
    /// Nothing is read from a connection while answers wait to be written to it, so a client that does not read its
    /// answers does not make `output` grow.
    fn received(
        &mut self,
        connection: &mut Self::Connection,
        input: &mut Vec<u8>,
        output: &mut Vec<u8>,
    ) -> Then;

    /// The client has closed its side of the connection, or the connection broke; `input` holds what was left over. What is
    /// appended to `output` is still written, if the client reads it. Called once at most, and not after [`Then::Close`].
    fn closed(
        &mut self,
        connection: &mut Self::Connection,
        input: &mut Vec<u8>,
        output: &mut Vec<u8>,
    ) {
        // A client may come and go as it likes, unless the protocol says otherwise.
        let _ = (connection, input, output);
    }

    /// How much memory is taken by what the protocol remembers about a connection.
    fn held(connection: &Self::Connection) -> usize {
        let _ = connection;
        0
    }

    /// The connection is closed because all connections together hold as much as they may, and this one wants more: it sends a
    /// long request, or its answers are long and those to others wait to be read. What is appended to `output` is written in
    /// place of answers; `input` holds what was left over.
    fn overloaded(
        &mut self,
        connection: &mut Self::Connection,
        input: &mut Vec<u8>,
        output: &mut Vec<u8>,
    ) {
        let _ = (connection, input, output);
    }

    /// A connection could not be accepted, for instance because there are too many. The server goes on.
    fn accept_failed(&mut self, reason: &str) {
        let _ = reason;
    }
}

/// What happens to a connection after [`Protocol::received`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// It stays open.
    Continue,
    /// As `Continue`, but not all of what has come was answered, because it would take too long, or the answers would get too
    /// long. [`Protocol::received`] is called again, with nothing new, once these are written and others had their turn. Long
    /// work is done in pieces of a few milliseconds, because the host ends a server that does not come back to wait.
    Again,
    /// It is closed once the output is written. What the client sends after that is thrown away.
    Close,
    /// As `Close`, and [`Listener::serve`] returns this error.
    Fail(String),
}
