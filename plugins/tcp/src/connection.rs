//! One connection of a server: what is read and written when. It does not know WASI, so that it can be tested natively.

use crate::{Protocol, Then};

/// How much is read at a time: little at first, because hosts clear a buffer of that size for each read, and more while more is
/// there.
pub const READ_SIZES: std::ops::RangeInclusive<usize> = 4 << 10..=64 << 10;

/// How much of what a client sends after the last answer is thrown away before the connection is cut.
const DISCARD_LIMIT: usize = 1 << 20;

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
    Discarding { rest: usize },
    /// The client has closed; writing what it may still want.
    ClientClosed,
    /// Can be dropped.
    Over,
}

/// A connection and the state that the protocol keeps for it.
pub struct Connection<C, S> {
    pub(super) channel: S,
    state: C,
    input: Vec<u8>,
    output: Vec<u8>,
    /// How much of the output is written.
    written: usize,
    /// How much is read next.
    read_size: usize,
    stage: Stage,
}

impl<C, S: Channel> Connection<C, S> {
    pub fn new(channel: S) -> Self
    where
        C: Default,
    {
        Self {
            channel,
            state: C::default(),
            input: Vec::new(),
            output: Vec::new(),
            written: 0,
            read_size: *READ_SIZES.start(),
            stage: Stage::Open,
        }
    }

    /// What the connection waits for before its next turn.
    pub fn awaited(&mut self) -> &S::Pollable {
        match self.stage {
            Stage::Open if self.output.is_empty() => self.channel.readable(),
            Stage::Discarding { .. } => self.channel.readable(),
            _ => self.channel.writable(),
        }
    }

    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// Does what can be done now without waiting. An error is that of the protocol, and meant for the whole server.
    pub fn turn<P: Protocol<Connection = C>>(&mut self, protocol: &mut P) -> Result<(), String> {
        let mut result = Ok(());
        if self.stage == Stage::Open && self.output.is_empty() {
            result = self.read(protocol);
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
                self.answer(protocol, bytes)
            }
            Read::Nothing => Ok(()),
            Read::End | Read::Failed(_) => {
                protocol.closed(&mut self.state, &mut self.input, &mut self.output);
                self.stage = Stage::ClientClosed;
                Ok(())
            }
        }
    }

    fn answer<P: Protocol<Connection = C>>(
        &mut self,
        protocol: &mut P,
        bytes: Vec<u8>,
    ) -> Result<(), String> {
        if self.input.is_empty() {
            self.input = bytes;
        } else {
            self.input.extend_from_slice(&bytes);
        }
        match protocol.received(&mut self.state, &mut self.input, &mut self.output) {
            Then::Continue => Ok(()),
            Then::Close => {
                self.stage = Stage::LastAnswers;
                Ok(())
            }
            Then::Fail(reason) => {
                self.stage = Stage::LastAnswers;
                Err(reason)
            }
        }
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
                    self.stage = Stage::ClientClosed;
                    break;
                }
            }
        }
        self.output.clear();
        self.written = 0;
    }

    /// Goes on towards the end, once the output is written.
    fn end(&mut self) {
        if matches!(self.stage, Stage::Open | Stage::Over) || !self.output.is_empty() {
            return;
        }
        if let Stage::Discarding { rest } = self.stage {
            self.stage = self.discard(rest);
        } else if self.channel.is_written() {
            self.stage = match self.stage {
                Stage::ClientClosed => Stage::Over,
                _ => {
                    self.channel.finish();
                    Stage::Discarding {
                        rest: DISCARD_LIMIT,
                    }
                }
            };
        }
    }

    fn discard(&mut self, rest: usize) -> Stage {
        match self.channel.read(*READ_SIZES.end()) {
            Read::Bytes(bytes) if bytes.len() < rest => Stage::Discarding {
                rest: rest - bytes.len(),
            },
            Read::Nothing => Stage::Discarding { rest },
            _ => Stage::Over,
        }
    }
}
