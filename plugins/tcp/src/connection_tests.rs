//! Connections on a channel that does what the test says.

use std::collections::VecDeque;

use crate::connection::{Channel, Connection, Connections, Read};
use crate::{Protocol, Then};

/// More room than any connection needs.
const PLENTY: usize = usize::MAX;

/// The other side of a connection, as a test wants it.
#[derive(Default)]
struct Wire {
    reads: VecDeque<Read>,
    /// How much there is room for in each write; any amount when it is empty.
    room: VecDeque<Result<usize, String>>,
    /// Whether what was written is still on this side.
    is_held_up: bool,
    sent: Vec<u8>,
    is_finished: bool,
}

impl Channel for Wire {
    type Pollable = &'static str;

    fn read(&mut self, limit: usize) -> Read {
        let read = self.reads.pop_front().unwrap_or(Read::Nothing);
        if let Read::Bytes(bytes) = &read {
            assert!(bytes.len() <= limit);
        }
        read
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, String> {
        assert!(!self.is_finished, "written after the end: {bytes:?}");
        let room = self.room.pop_front().unwrap_or(Ok(bytes.len()))?;
        let length = room.min(bytes.len());
        self.sent.extend_from_slice(&bytes[..length]);
        Ok(length)
    }

    fn is_written(&self) -> bool {
        !self.is_held_up
    }

    fn finish(&mut self) {
        self.is_finished = true;
    }

    fn readable(&self) -> &&'static str {
        &"readable"
    }

    fn writable(&mut self) -> &&'static str {
        &"writable"
    }
}

/// Answers each line with the number of the line on its connection and its text. `again`, `close` and `fail` do so, too.
#[derive(Default)]
struct Lines {
    /// What was left over on the connections that clients have closed.
    left_over: Vec<String>,
}

impl Protocol for Lines {
    type Connection = usize;

    fn received(&mut self, number: &mut usize, input: &mut Vec<u8>, output: &mut Vec<u8>) -> Then {
        // A long line comes in many pieces, and is looked at as a whole only when its end has come.
        if !input.ends_with(b"\n") && input.len() > 100 {
            return Then::Continue;
        }
        while let Some(end) = input.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = input.drain(..=end).collect();
            *number += 1;
            output.extend_from_slice(format!("{number} ").as_bytes());
            output.extend_from_slice(&line);
            match &*line {
                b"again\n" => return Then::Again,
                b"close\n" => return Then::Close,
                b"fail\n" => return Then::Fail("the protocol gave up".to_owned()),
                _ => {}
            }
        }
        Then::Continue
    }

    fn closed(&mut self, number: &mut usize, input: &mut Vec<u8>, output: &mut Vec<u8>) {
        self.left_over
            .push(String::from_utf8(input.clone()).unwrap());
        output.extend_from_slice(format!("bye after {number}").as_bytes());
    }

    fn overloaded(&mut self, number: &mut usize, _: &mut Vec<u8>, output: &mut Vec<u8>) {
        output.extend_from_slice(format!("no room after {number}").as_bytes());
    }
}

fn bytes(text: &str) -> Read {
    Read::Bytes(text.as_bytes().to_vec())
}

fn connection(reads: &[Read]) -> Connection<usize, Wire> {
    Connection::new(Wire {
        reads: reads.iter().cloned().collect(),
        ..Wire::default()
    })
}

fn sent(connection: &Connection<usize, Wire>) -> &str {
    std::str::from_utf8(&connection.channel.sent).unwrap()
}

#[test]
fn requests_are_answered_in_the_turn_in_which_they_come() {
    let mut one = connection(&[bytes("a\nb\nc"), Read::Nothing, bytes("d\n")]);
    let mut lines = Lines::default();
    assert_eq!(*one.awaited(), "readable");
    one.turn(&mut lines, PLENTY).unwrap();
    assert_eq!(sent(&one), "1 a\n2 b\n");
    one.turn(&mut lines, PLENTY).unwrap();
    assert_eq!(sent(&one), "1 a\n2 b\n");
    one.turn(&mut lines, PLENTY).unwrap();
    assert_eq!(sent(&one), "1 a\n2 b\n3 cd\n");
    assert_eq!(*one.awaited(), "readable");
    assert!(!one.is_over());
}

#[test]
fn what_is_not_answered_at_once_is_answered_before_more_is_read() {
    let mut one = connection(&[bytes("again\nagain\na\n"), bytes("b\n")]);
    let mut lines = Lines::default();
    one.channel.room.extend([Ok(3), Ok(0)]);
    one.turn(&mut lines, PLENTY).unwrap();
    assert_eq!(sent(&one), "1 a");
    for answers in ["1 again\n", "1 again\n2 again\n", "1 again\n2 again\n3 a\n"] {
        assert_eq!(*one.awaited(), "writable");
        // Not before the first answer is written.
        assert_eq!(one.is_busy(), sent(&one).ends_with('\n'));
        one.turn(&mut lines, PLENTY).unwrap();
        assert_eq!(sent(&one), answers);
    }
    assert_eq!(*one.awaited(), "readable");
    one.turn(&mut lines, PLENTY).unwrap();
    assert_eq!(sent(&one), "1 again\n2 again\n3 a\n4 b\n");
}

#[test]
fn nothing_is_read_while_an_answer_waits() {
    let mut one = connection(&[bytes("abc\n"), bytes("d\n")]);
    let mut lines = Lines::default();
    one.channel.room.extend([Ok(3), Ok(0), Ok(0), Ok(2)]);
    one.turn(&mut lines, PLENTY).unwrap();
    assert_eq!(sent(&one), "1 a");
    assert_eq!(*one.awaited(), "writable");
    one.turn(&mut lines, PLENTY).unwrap();
    assert_eq!(sent(&one), "1 a");
    assert_eq!(*one.awaited(), "writable");
    one.turn(&mut lines, PLENTY).unwrap();
    assert_eq!(sent(&one), "1 abc\n");
    assert_eq!(one.channel.reads.len(), 1);
    assert_eq!(*one.awaited(), "readable");
    one.turn(&mut lines, PLENTY).unwrap();
    assert_eq!(sent(&one), "1 abc\n2 d\n");
}

#[test]
fn a_client_that_closes_still_gets_its_answers() {
    let mut one = connection(&[bytes("a\nb"), Read::End]);
    let mut lines = Lines::default();
    one.turn(&mut lines, PLENTY).unwrap();
    assert!(!one.is_over());
    one.channel.room.push_back(Ok(0));
    one.turn(&mut lines, PLENTY).unwrap();
    assert_eq!(lines.left_over, ["b"]);
    assert_eq!(*one.awaited(), "writable");
    assert!(!one.is_over());
    one.turn(&mut lines, PLENTY).unwrap();
    assert_eq!(sent(&one), "1 a\nbye after 1");
    assert!(one.is_over());
}

#[test]
fn closing_waits_until_the_last_answer_is_on_its_way_and_the_client_has_closed() {
    let mut one = connection(&[bytes("close\nmore\n"), bytes("still more\n"), Read::End]);
    let mut lines = Lines::default();
    one.channel.is_held_up = true;
    one.turn(&mut lines, PLENTY).unwrap();
    assert_eq!(sent(&one), "1 close\n");
    assert!(!one.channel.is_finished);
    assert_eq!(*one.awaited(), "writable");
    one.channel.is_held_up = false;
    one.turn(&mut lines, PLENTY).unwrap();
    assert!(one.channel.is_finished);
    assert_eq!(*one.awaited(), "readable");
    one.turn(&mut lines, PLENTY).unwrap();
    assert!(!one.is_over());
    one.turn(&mut lines, PLENTY).unwrap();
    assert!(one.is_over());
    assert_eq!(sent(&one), "1 close\n");
    assert!(lines.left_over.is_empty());
}

#[test]
fn a_client_that_does_not_stop_sending_is_cut_off() {
    let mut one = connection(&[bytes("close\n")]);
    let mut lines = Lines::default();
    one.turn(&mut lines, PLENTY).unwrap();
    let mut turns = 0;
    while !one.is_over() {
        one.channel.reads.push_back(Read::Bytes(vec![0; 64 << 10]));
        one.turn(&mut lines, PLENTY).unwrap();
        turns += 1;
        assert!(turns <= 512, "more than 32 megabytes were read");
    }
    assert_eq!(turns, 512);
}

#[test]
fn a_connection_that_breaks_is_over_and_the_protocol_is_told_once() {
    let broken = || "connection reset".to_owned();
    let mut lines = Lines::default();
    let mut reading = connection(&[bytes("a\nb"), Read::Failed(broken())]);
    reading.turn(&mut lines, PLENTY).unwrap();
    reading.channel.room.push_back(Err(broken()));
    reading.turn(&mut lines, PLENTY).unwrap();
    assert!(reading.is_over());
    assert_eq!(lines.left_over, ["b"]);

    let mut writing = connection(&[bytes("a\nc")]);
    writing.channel.room.push_back(Err(broken()));
    writing.turn(&mut lines, PLENTY).unwrap();
    assert!(writing.is_over());
    assert_eq!(lines.left_over, ["b", "c"]);
}

#[test]
fn a_connection_that_breaks_during_the_last_answer_is_over() {
    let mut one = connection(&[bytes("close\n")]);
    let mut lines = Lines::default();
    one.channel.room.extend([Ok(2), Err("broken".to_owned())]);
    one.turn(&mut lines, PLENTY).unwrap();
    assert!(one.is_over());
    assert!(lines.left_over.is_empty());
}

#[test]
fn an_error_of_the_protocol_is_handed_on_and_its_answer_is_written() {
    let mut one = connection(&[bytes("fail\n")]);
    let error = one.turn(&mut Lines::default(), PLENTY).unwrap_err();
    assert_eq!(error, "the protocol gave up");
    assert_eq!(sent(&one), "1 fail\n");
    assert!(one.channel.is_finished);
}

fn connections<const N: usize>(
    largest_held: usize,
    reads: [&[Read]; N],
) -> Connections<usize, Wire> {
    let mut connections = Connections::new(largest_held);
    for reads in reads {
        connections.add(connection(reads).channel);
    }
    connections
}

/// A line of so many kibibytes, without its end.
fn long(kibibytes: usize) -> Vec<Read> {
    vec![Read::Bytes(vec![b'x'; 4 << 10]); kibibytes / 4]
}

fn long_line(kibibytes: usize) -> Vec<Read> {
    let mut line = long(kibibytes);
    line.push(bytes("\n"));
    line
}

/// Gives each connection turns until it has nothing more to read, or waits for something else.
fn receive_all(connections: &mut Connections<usize, Wire>, lines: &mut Lines) {
    for index in 0..connections.len() {
        while *connections.all[index].awaited() == "readable"
            && !connections.all[index].channel.reads.is_empty()
        {
            let turn = connections.turns(lines, std::iter::once(index));
            turn.unwrap();
        }
    }
}

fn answers(connections: &Connections<usize, Wire>) -> Vec<&str> {
    connections.all.iter().map(sent).collect()
}

#[test]
fn the_connection_that_wants_more_than_there_is_room_for_is_closed_and_the_others_go_on() {
    let reads = [&*long(500), &long(500), &long(2000), &[bytes("small\n")]];
    let mut connections = connections(2 << 20, reads);
    let mut lines = Lines::default();
    receive_all(&mut connections, &mut lines);
    assert_eq!(
        answers(&connections),
        ["", "", "no room after 0", "1 small\n"]
    );
    // What it held is free again.
    connections.add(connection(&long_line(500)).channel);
    receive_all(&mut connections, &mut lines);
    assert_eq!(sent(&connections.all[4]).len(), "1 \n".len() + (500 << 10));
    assert_eq!(sent(&connections.all[2]), "no room after 0");
}

#[test]
fn small_requests_are_answered_when_there_is_no_room() {
    let mut connections = connections(512 << 10, [&long(500), &[bytes("small\n")]]);
    receive_all(&mut connections, &mut Lines::default());
    assert_eq!(answers(&connections), ["", "1 small\n"]);
}

#[test]
fn answers_that_clients_do_not_read_take_room() {
    let line = long_line(500);
    let mut connections = connections(1900 << 10, [&line, &line, &line, &line, &line]);
    for connection in &mut connections.all {
        connection.channel.room.extend([Ok(5), Ok(0)]);
    }
    receive_all(&mut connections, &mut Lines::default());
    assert_eq!(
        answers(&connections),
        ["1 xxx", "1 xxx", "1 xxx", "no ro", "no ro"]
    );
}

#[test]
fn what_a_connection_held_is_given_back() {
    let mut one = connection(&long_line(500));
    while !one.channel.reads.is_empty() {
        one.turn(&mut Lines::default(), PLENTY).unwrap();
    }
    assert!(sent(&one).len() > 500 << 10);
    assert!(one.input.capacity() <= 64 << 10);
    assert!(one.output.capacity() <= 64 << 10);
}

#[test]
fn a_client_that_does_not_close_is_waited_for_for_a_while() {
    let ends = [bytes("close\n")];
    let mut connections = connections(PLENTY, [&ends, &[bytes("a\n")]]);
    let mut lines = Lines::default();
    assert!(!connections.linger());
    connections.turns(&mut lines, 0..2).unwrap();
    assert!(connections.linger());
    connections.lose_patience();
    // It still sends.
    connections.all[0].channel.reads.push_back(bytes("more"));
    connections.turns(&mut lines, 0..1).unwrap();
    connections.lose_patience();
    assert_eq!(connections.len(), 2);
    connections.turns(&mut lines, 0..1).unwrap();
    connections.lose_patience();
    assert_eq!(answers(&connections), ["1 a\n"], "the other is open");
    assert!(!connections.linger());
    connections.lose_patience();
    connections.lose_patience();
    assert_eq!(connections.len(), 1);
}
