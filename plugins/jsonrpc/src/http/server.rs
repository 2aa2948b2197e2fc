//! A server's side of connections: from bytes to requests, and from answers to bytes.

use std::ops::Range;

use tcp::Then;

use super::LARGEST_BODY;
use super::body::{Chunks, Framing, Progress};
use super::head::{self, NoHead, RequestHead, Version};
use super::response::{self, CONTINUE, Persistence, Status};

/// Answers requests.
pub trait Application {
    /// Whether it takes such a request at all. An error is the status to answer, and why.
    fn accepts(&self, head: &RequestHead<'_>) -> Result<(), (Status, String)>;

    /// Answers the body of a request by appending to `answer`. What would take long is answered in pieces: `done` is for the
    /// application to tell what it has done of the body, and 0 at first.
    fn answer(
        &mut self,
        path: &str,
        body: &[u8],
        done: &mut usize,
        answer: &mut Vec<u8>,
    ) -> Answered<'_>;

    /// Takes note of a request that was refused. Where nothing could be read of it, the path is empty.
    fn refused(&mut self, path: &str, problem: String);
}

/// What an application has answered.
#[derive(Debug, PartialEq)]
pub enum Answered<'a> {
    /// Nothing, as there is nothing to answer.
    Nothing,
    /// What it appended, which is of this content type.
    Content(&'a str),
    /// A piece; it wants to be asked again.
    Piece,
}

/// What is remembered of a connection between two arrivals of bytes.
#[derive(Default)]
pub struct Connection {
    /// How many bytes there have to be before it is worth looking at them.
    wanted: usize,
    /// Whether the client has been told to send the body.
    continued: bool,
    chunks: Chunks,
    /// Where a body in chunks ends, once that is known: a body that is answered in pieces is put together once.
    end: Option<usize>,
    /// How much of the body the application has answered.
    done: usize,
    /// The answer, to know its length before it is sent.
    answer: Vec<u8>,
}

/// After how many bytes of answers no further request is answered before they are written: a client can send many requests at
/// once, and not read what they are answered with.
const MOST_AT_ONCE: usize = 1 << 20;

/// How large a buffer may be to be kept for what comes next.
const LARGEST_KEPT: usize = 64 << 10;

impl Connection {
    /// How much memory it takes.
    pub fn held(&self) -> usize {
        self.chunks.body.capacity() + self.answer.capacity()
    }

    /// Reads on in a body in chunks.
    fn chunks_in(&mut self, after_head: &[u8]) -> Progress {
        if let Some(end) = self.end {
            return Progress::Complete(end);
        }
        let progress = self.chunks.read(after_head);
        if let Progress::Complete(end) = progress {
            self.end = Some(end);
        }
        progress
    }

    /// Gets ready for the next request.
    fn reset(&mut self) {
        self.wanted = 0;
        self.continued = false;
        self.chunks = Chunks::default();
        self.end = None;
        self.done = 0;
        if self.answer.capacity() > LARGEST_KEPT {
            self.answer = Vec::new();
        }
    }
}

enum Step {
    /// More has to come. The bytes in the range are of no more use.
    Wait(Range<usize>),
    /// Only a piece has been answered.
    Again,
    /// So many bytes have been answered.
    Answered(usize),
    Close,
}

/// Bytes have come. Answers all requests that are complete, and takes them away.
pub fn received<A: Application>(
    application: &mut A,
    connection: &mut Connection,
    input: &mut Vec<u8>,
    output: &mut Vec<u8>,
) -> Then {
    let mut at = 0;
    let then = loop {
        let rest = &input[at..];
        if rest.is_empty() || rest.len() < connection.wanted {
            break Then::Continue;
        }
        match step(application, connection, rest, output) {
            Step::Wait(used) => {
                input.drain(at + used.start..at + used.end);
                break Then::Continue;
            }
            Step::Again => break Then::Again,
            Step::Answered(length) => {
                at += length;
                connection.reset();
                if output.len() > MOST_AT_ONCE {
                    break Then::Again;
                }
            }
            Step::Close => {
                at = input.len();
                break Then::Close;
            }
        }
    };
    input.drain(..at);
    make_room(connection, input);
    then
}

/// Keeps a buffer in proportion to what comes. Some of a long body has to be there before room is made for all of it, so that a
/// promise alone costs no memory.
fn make_room(connection: &Connection, input: &mut Vec<u8>) {
    if input.len() > connection.wanted / 4 {
        input.reserve_exact(connection.wanted.saturating_sub(input.len()));
    }
}

/// The client has closed its side of the connection.
pub fn closed<A: Application>(application: &mut A, input: &mut Vec<u8>, output: &mut Vec<u8>) {
    if input.trim_ascii().is_empty() {
        return;
    }
    let problem = "the client closed the connection in the middle of a request";
    let from = Origin::unread(input);
    from.refuse(application, Status::BAD_REQUEST, problem, output);
    input.clear();
}

/// The connection wants more memory than there is, and is closed.
pub fn overloaded<A: Application>(application: &mut A, input: &[u8], output: &mut Vec<u8>) {
    let problem = "the requests and answers of all connections together take too much memory; send fewer large ones at a time";
    let head = head::parse(input);
    let from = match &head {
        Ok(head) => Origin::of(head),
        Err(_) => Origin::unread(input),
    };
    from.refuse(application, Status::SERVICE_UNAVAILABLE, problem, output);
}

/// What has to be known of a request to refuse it.
struct Origin<'a> {
    path: &'a str,
    /// Whether the answer has no body.
    only_head: bool,
}

impl<'a> Origin<'a> {
    fn of(head: &RequestHead<'a>) -> Self {
        Origin {
            path: head.path,
            only_head: is_head(head.method.as_bytes()),
        }
    }

    /// Of a request that cannot be read, only the method may be known.
    fn unread(bytes: &[u8]) -> Self {
        let mut words = bytes.trim_ascii_start().split(|byte| *byte == b' ');
        Origin {
            path: "",
            only_head: words.next().is_some_and(is_head),
        }
    }

    /// Answers what cannot be read to its end, after which the connection is of no use.
    fn refuse<A: Application>(
        &self,
        application: &mut A,
        status: Status,
        problem: &str,
        output: &mut Vec<u8>,
    ) -> Step {
        write_problem(output, status, problem, Persistence::Close, self.only_head);
        application.refused(self.path, problem.to_owned());
        Step::Close
    }
}

fn is_head(method: &[u8]) -> bool {
    method == b"HEAD"
}

fn step<A: Application>(
    application: &mut A,
    connection: &mut Connection,
    bytes: &[u8],
    output: &mut Vec<u8>,
) -> Step {
    let head = match head::parse(bytes) {
        Ok(head) => head,
        Err(NoHead::Incomplete) => return Step::Wait(0..0),
        Err(NoHead::Refused(status, problem)) => {
            return Origin::unread(bytes).refuse(application, status, &problem, output);
        }
    };
    let from = Origin::of(&head);
    let accepted = application.accepts(&head);
    let too_large = matches!(head.framing, Framing::Length(length) if length > LARGEST_BODY);
    // The client may wait before it sends the body: it gets an answer at once if that is a refusal.
    let waiting = head.expects_continue && bytes.len() == head.length;
    if waiting && head.framing != Framing::Length(0) && !too_large && !connection.continued {
        if let Err((status, problem)) = accepted {
            return from.refuse(application, status, &problem, output);
        }
        output.extend_from_slice(CONTINUE);
        connection.continued = true;
    }
    let after_head = &bytes[head.length..];
    let length = match head.framing {
        _ if too_large => return too_much(application, &from, output),
        Framing::Length(length) if after_head.len() < length => {
            connection.wanted = head.length + length;
            return Step::Wait(0..0);
        }
        Framing::Length(length) => length,
        Framing::Chunked => match connection.chunks_in(after_head) {
            Progress::Complete(length) => length,
            Progress::Incomplete(used) => return Step::Wait(head.length..head.length + used),
            Progress::TooLarge => return too_much(application, &from, output),
            Progress::Malformed(reason) => {
                let problem = format!("the chunks of the body are malformed: {reason}");
                return from.refuse(application, Status::BAD_REQUEST, &problem, output);
            }
        },
        // Requests end somewhere.
        Framing::UntilClose => 0,
    };
    let persistence = persistence(&head);
    let Connection {
        chunks,
        done,
        answer,
        ..
    } = connection;
    let body = match head.framing {
        Framing::Chunked => &chunks.body,
        _ => &after_head[..length],
    };
    if *done == 0 {
        answer.clear();
    }
    match accepted {
        Ok(()) => match application.answer(head.path, body, done, answer) {
            Answered::Content(content_type) => {
                response::write(output, Status::OK, content_type, answer, persistence, false);
            }
            Answered::Nothing => response::write_no_content(output, persistence),
            Answered::Piece => return Step::Again,
        },
        Err((status, problem)) => {
            write_problem(output, status, &problem, persistence, from.only_head);
            application.refused(head.path, problem);
        }
    }
    if persistence == Persistence::Close {
        return Step::Close;
    }
    Step::Answered(head.length + length)
}

fn persistence(head: &RequestHead<'_>) -> Persistence {
    match (head.keep_alive, head.version) {
        (false, _) => Persistence::Close,
        (true, Version::Http11) => Persistence::Default,
        (true, Version::Http10) => Persistence::KeepAlive,
    }
}

fn too_much<A: Application>(application: &mut A, from: &Origin<'_>, output: &mut Vec<u8>) -> Step {
    let problem = format!("a body of more than {LARGEST_BODY} bytes");
    from.refuse(application, Status::CONTENT_TOO_LARGE, &problem, output)
}

fn write_problem(
    output: &mut Vec<u8>,
    status: Status,
    problem: &str,
    persistence: Persistence,
    only_head: bool,
) {
    let text = format!("{problem}\n");
    response::write(
        output,
        status,
        "text/plain; charset=utf-8",
        text.as_bytes(),
        persistence,
        only_head,
    );
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
