//! One connection of a server: what is read and written when. It does not know WASI, so that it can be tested natively.

use crate::{Protocol, Then};

/// How much is read at a time: little at first, because hosts clear a buffer of that size for each read, and more while more is
/// there.
pub const READ_SIZES: std::ops::RangeInclusive<usize> = 4 << 10..=64 << 10;

/// How much of what a client sends after the last answer is thrown away before the connection is cut. A client that sends too
/// much has to get to the end of it, or it never reads that it was too much. What is thrown away takes no memory.
const DISCARD_LIMIT: usize = 32 << 20;

/// What a connection may hold even when there is no room: small requests are answered while large ones fill it. Buffers of that
/// size are kept for what comes next.
const ALWAYS_HELD: usize = 64 << 10;

/// A socket with its streams. Nothing here waits.
pub trait Channel {
    /// What says when it is worth trying again.
    type Pollable;

    fn read(&mut self, limit: usize) -> Read;

    /// Writes as much as there is room for.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, String>;

    /// Whether all that was written is on its way, or never can be.
    fn is_written(&self) -> bool;

    /// Tells the other side that nothing more comes.
    fn finish(&mut self);

    fn readable(&self) -> &Self::Pollable;

    fn writable(&mut self) -> &Self::Pollable;
}

/// What came of reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// At least one byte.
    Bytes(Vec<u8>),
    /// Nothing yet.
    Nothing,
    /// The other side has closed.
    End,
    /// The connection broke: the reason.
    Failed(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Reading requests and writing answers.
    Open,
    /// Writing the last answers; the client listens and may still be sending.
    LastAnswers,
    /// All is written. Waiting for the client to close: a socket that is closed while there is something to read takes the
    /// last answers with it (RFC 9112 section 9.6).
    Discarding {
        /// How much more is thrown away.
        rest: usize,
        /// Whether the client was already being waited for when [`Connections::lose_patience`] came last.
        is_late: bool,
    },
    /// The client has closed; writing what it may still want.
    ClientClosed,
    /// Can be dropped.
    Over,
}

/// A connection and the state that the protocol keeps for it.
pub struct Connection<C, S> {
    pub(super) channel: S,
    state: C,
    pub(super) input: Vec<u8>,
    pub(super) output: Vec<u8>,
    /// How much of the output is written.
    written: usize,
    /// How much is read next.
    read_size: usize,
    /// Whether there is more to answer of what has come.
    again: bool,
    stage: Stage,
}

impl<C: Default, S: Channel> Connection<C, S> {
    pub fn new(channel: S) -> Self {
        Self {
            channel,
            state: C::default(),
            input: Vec::new(),
            output: Vec::new(),
            written: 0,
            read_size: *READ_SIZES.start(),
            again: false,
            stage: Stage::Open,
        }
    }

    /// What the connection waits for before its next turn.
    pub fn awaited(&mut self) -> &S::Pollable {
        match self.stage {
            Stage::Open if self.output.is_empty() && !self.again => self.channel.readable(),
            Stage::Discarding { .. } => self.channel.readable(),
            _ => self.channel.writable(),
        }
    }

    /// Whether its next turn waits for nothing but the turns of others.
    pub fn is_busy(&self) -> bool {
        self.again && self.stage == Stage::Open && self.output.is_empty()
    }

    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// Whether it is kept only until the client closes it.
    fn lingers(&self) -> bool {
        matches!(self.stage, Stage::Discarding { .. })
    }

    /// Ends a connection whose client neither closes nor sends, the second time that it comes to that.
    fn lose_patience(&mut self) {
        match &mut self.stage {
            Stage::Discarding { is_late: true, .. } => self.stage = Stage::Over,
            Stage::Discarding { is_late, .. } => *is_late = true,
            _ => {}
        }
    }

    /// How much memory it takes.
    fn held<P: Protocol<Connection = C>>(&self) -> usize {
        self.input.capacity() + self.output.capacity() + P::held(&self.state)
    }

    /// Does what can be done now without waiting. `room` is what all connections may hold less what the others do. An error is
    /// that of the protocol, and meant for the whole server.
    pub fn turn<P: Protocol<Connection = C>>(
        &mut self,
        protocol: &mut P,
        room: usize,
    ) -> Result<(), String> {
        let mut result = Ok(());
        if self.stage == Stage::Open && self.output.is_empty() {
            result = match self.again {
                true => self.answer(protocol),
                false => self.read(protocol),
            };
            if self.held::<P>() > room.max(ALWAYS_HELD) {
                self.overload(protocol);
            }
        }
        self.write(protocol);
        self.end();
        result
    }

    fn read<P: Protocol<Connection = C>>(&mut self, protocol: &mut P) -> Result<(), String> {
        match self.channel.read(self.read_size) {
            Read::Bytes(bytes) => {
                self.read_size = match bytes.len() {
                    all if all == self.read_size => (2 * all).min(*READ_SIZES.end()),
                    _ => *READ_SIZES.start(),
                };
                if self.input.is_empty() {
                    self.input = bytes;
                } else {
                    self.input.extend_from_slice(&bytes);
                }
                self.answer(protocol)
            }
            Read::Nothing => Ok(()),
            Read::End | Read::Failed(_) => {
                protocol.closed(&mut self.state, &mut self.input, &mut self.output);
                self.stop_reading(Stage::ClientClosed);
                Ok(())
            }
        }
    }

    fn answer<P: Protocol<Connection = C>>(&mut self, protocol: &mut P) -> Result<(), String> {
        let then = protocol.received(&mut self.state, &mut self.input, &mut self.output);
        self.again = then == Then::Again;
        match then {
            Then::Continue | Then::Again => {
                give_back(&mut self.input);
                Ok(())
            }
            Then::Close => {
                self.stop_reading(Stage::LastAnswers);
                Ok(())
            }
            Then::Fail(reason) => {
                self.stop_reading(Stage::LastAnswers);
                Err(reason)
            }
        }
    }

    /// The protocol has seen the last of this connection, and need not remember more of it.
    fn stop_reading(&mut self, stage: Stage) {
        self.stage = stage;
        self.state = C::default();
        self.input = Vec::new();
    }

    /// Gives up a connection that wants more room than there is.
    fn overload<P: Protocol<Connection = C>>(&mut self, protocol: &mut P) {
        self.output = Vec::new();
        protocol.overloaded(&mut self.state, &mut self.input, &mut self.output);
        self.stop_reading(Stage::LastAnswers);
    }

    /// Writes what there is room for.
    fn write<P: Protocol<Connection = C>>(&mut self, protocol: &mut P) {
        while self.written < self.output.len() {
            match self.channel.write(&self.output[self.written..]) {
                Ok(0) => return,
                Ok(length) => self.written += length,
                Err(_) => {
                    if self.stage == Stage::Open {
                        protocol.closed(&mut self.state, &mut self.input, &mut Vec::new());
                    }
                    self.stop_reading(Stage::ClientClosed);
                    break;
                }
            }
        }
        self.written = 0;
        self.output.clear();
        give_back(&mut self.output);
    }

    /// Goes on towards the end, once the output is written.
    fn end(&mut self) {
        if matches!(self.stage, Stage::Open | Stage::Over) || !self.output.is_empty() {
            return;
        }
        if let Stage::Discarding { rest, is_late } = self.stage {
            self.stage = self.discard(rest, is_late);
        } else if self.channel.is_written() {
            self.stage = match self.stage {
                Stage::ClientClosed => Stage::Over,
                _ => {
                    self.channel.finish();
                    Stage::Discarding {
                        rest: DISCARD_LIMIT,
                        is_late: false,
                    }
                }
            };
        }
    }

    fn discard(&mut self, rest: usize, is_late: bool) -> Stage {
        match self.channel.read(*READ_SIZES.end()) {
            Read::Bytes(bytes) if bytes.len() < rest => Stage::Discarding {
                rest: rest - bytes.len(),
                is_late: false,
            },
            Read::Nothing => Stage::Discarding { rest, is_late },
            _ => Stage::Over,
        }
    }
}

/// Gives the memory of a large buffer back, once the buffer is empty.
fn give_back(buffer: &mut Vec<u8>) {
    if buffer.is_empty() && buffer.capacity() > ALWAYS_HELD {
        *buffer = Vec::new();
    }
}

/// The connections of a server.
pub struct Connections<C, S> {
    pub(super) all: Vec<Connection<C, S>>,
    /// How much they may hold together.
    largest_held: usize,
}

impl<C: Default, S: Channel> Connections<C, S> {
    /// None yet. `largest_held` is how many bytes they may hold together.
    pub fn new(largest_held: usize) -> Self {
        Self {
            all: Vec::new(),
            largest_held,
        }
    }

    pub fn add(&mut self, channel: S) {
        self.all.push(Connection::new(channel));
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// What each of them waits for.
    pub fn awaited(&mut self) -> impl Iterator<Item = &S::Pollable> {
        self.all.iter_mut().map(Connection::awaited)
    }

    /// Gives those their turn that have waited long enough, and forgets those that are over: numbers in the order of
    /// [`Connections::awaited`]. An error is that of the protocol.
    pub fn turns<P: Protocol<Connection = C>>(
        &mut self,
        protocol: &mut P,
        ready: impl Iterator<Item = usize>,
    ) -> Result<(), String> {
        let mut result = Ok(());
        let mut held: usize = self.all.iter().map(Connection::held::<P>).sum();
        for index in ready {
            let connection = &mut self.all[index];
            held -= connection.held::<P>();
            let room = self.largest_held.saturating_sub(held);
            result = result.and(connection.turn(protocol, room));
            held += connection.held::<P>();
        }
        self.all.retain(|connection| !connection.is_over());
        result
    }

    /// Whether one of them goes on without waiting for anything.
    pub fn are_busy(&self) -> bool {
        self.all.iter().any(Connection::is_busy)
    }

    /// Whether one of them is kept only until its client closes it, which can be never.
    pub fn linger(&self) -> bool {
        self.all.iter().any(Connection::lingers)
    }

    /// Ends those of which nothing was heard since the last time, and that only wait for their client to close.
    pub fn lose_patience(&mut self) {
        self.all.iter_mut().for_each(Connection::lose_patience);
        self.all.retain(|connection| !connection.is_over());
    }
}
