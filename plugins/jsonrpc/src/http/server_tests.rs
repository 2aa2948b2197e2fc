//! Tests of `server`.

use super::*;

/// Answers a body with itself; nothing with nothing.
#[derive(Default)]
struct Echo {
    answered: Vec<String>,
    refused: Vec<String>,
}

impl Application for Echo {
    fn accepts(&self, head: &RequestHead<'_>) -> Result<(), (Status, String)> {
        match head.method {
            "POST" => Ok(()),
            method => Err((Status::METHOD_NOT_ALLOWED, format!("no {method}"))),
        }
    }

    fn answer(
        &mut self,
        path: &str,
        body: &[u8],
        done: &mut usize,
        answer: &mut Vec<u8>,
    ) -> Answered<'_> {
        // What begins with a star is answered byte by byte.
        if body.starts_with(b"*") && *done < body.len() - 1 {
            answer.push(body[*done]);
            *done += 1;
            return Answered::Piece;
        }
        let text = String::from_utf8_lossy(&body[..body.len().min(20)]);
        self.answered.push(format!("{path} {text}"));
        answer.extend_from_slice(&body[*done..]);
        match body.is_empty() {
            true => Answered::Nothing,
            false => Answered::Content("text/x"),
        }
    }

    fn refused(&mut self, path: &str, problem: String) {
        self.refused.push(format!("{path} {problem}"));
    }
}

#[derive(Default)]
struct Tested {
    echo: Echo,
    connection: Connection,
    input: Vec<u8>,
    /// Whether it wants to go on without anything new.
    is_busy: bool,
}

impl Tested {
    /// Bytes come: what is answered, and whether the connection is closed.
    fn receive(&mut self, bytes: impl AsRef<[u8]>) -> (String, bool) {
        self.input.extend_from_slice(bytes.as_ref());
        let mut output = Vec::new();
        let then = received(
            &mut self.echo,
            &mut self.connection,
            &mut self.input,
            &mut output,
        );
        self.is_busy = then == Then::Again;
        let closes = matches!(then, Then::Close);
        (String::from_utf8(output).unwrap(), closes)
    }

    fn nothing(&mut self, bytes: impl AsRef<[u8]>) {
        assert_eq!(self.receive(bytes), (String::new(), false));
    }
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn post(body: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Receives one request and gives status and closing.
fn status(request: &str) -> (u16, bool) {
    let (answer, closes) = Tested::default().receive(request);
    let number = answer.split(' ').nth(1).unwrap();
    (number.parse().unwrap(), closes)
}

#[test]
fn requests_are_answered_one_after_the_other() {
    let mut tested = Tested::default();
    assert_eq!(tested.receive(post("abc")), (ok("abc"), false));
    assert_eq!(tested.receive(post("de")), (ok("de"), false));
    assert_eq!(
        tested.receive(post("")),
        ("HTTP/1.1 204 No Content\r\n\r\n".to_owned(), false)
    );
    assert_eq!(tested.echo.answered, ["/ abc", "/ de", "/ "]);
    assert!(tested.input.is_empty());
}

#[test]
fn pipelined_requests_are_answered_at_once() {
    let mut tested = Tested::default();
    let requests = post("a") + &post("b") + &post("cdef");
    let (last, rest) = requests.split_at(requests.len() - 2);
    assert_eq!(tested.receive(last), (ok("a") + &ok("b"), false));
    assert_eq!(tested.receive(rest), (ok("cdef"), false));
}

#[test]
fn of_long_answers_only_some_are_given_at_once() {
    let mut tested = Tested::default();
    let body = "x".repeat(700 << 10);
    tested.input = post(&body).repeat(5).into_bytes();
    for (answers, then) in [
        (2, Then::Again),
        (2, Then::Again),
        (1, Then::Continue),
        (0, Then::Continue),
    ] {
        let mut output = Vec::new();
        let Tested {
            echo,
            connection,
            input,
            ..
        } = &mut tested;
        assert_eq!(received(echo, connection, input, &mut output), then);
        assert_eq!(output.len(), answers * ok(&body).len());
    }
    assert!(tested.input.is_empty());
}

#[test]
fn requests_may_come_byte_by_byte() {
    for request in [
        post("abc"),
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
            .to_owned(),
    ] {
        let mut tested = Tested::default();
        for _ in 0..2 {
            let bytes = request.as_bytes();
            for byte in &bytes[..bytes.len() - 1] {
                tested.nothing([*byte]);
            }
            assert_eq!(tested.receive(&bytes[bytes.len() - 1..]), (ok("abc"), false));
        }
    }
}

#[test]
fn a_long_body_is_not_looked_at_before_it_is_complete() {
    let mut tested = Tested::default();
    let body = "x".repeat(LARGEST_BODY);
    let request = post(&body);
    for piece in request.as_bytes()[..request.len() - 1].chunks(65536) {
        tested.nothing(piece);
    }
    assert_eq!(tested.connection.wanted, request.len());
    let (answer, closes) = tested.receive("x");
    assert!(answer.ends_with(&body) && !closes);
    assert_eq!(tested.connection.held(), 0, "not kept");
    assert!(tested.input.is_empty());
}

#[test]
fn a_promise_of_much_takes_no_memory() {
    let mut tested = Tested::default();
    tested.nothing(format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {LARGEST_BODY}\r\n\r\n"
    ));
    assert!(tested.input.capacity() < 1000);
    tested.nothing(vec![b'x'; LARGEST_BODY / 3]);
    assert!(tested.input.capacity() < LARGEST_BODY + 1000);
}

#[test]
fn connections_are_kept_open_or_closed() {
    for (version, field, connection, closes) in [
        ("1.1", "Connection: close", "\r\nConnection: close", true),
        ("1.0", "x: y", "\r\nConnection: close", true),
        (
            "1.0",
            "Connection: keep-alive",
            "\r\nConnection: keep-alive",
            false,
        ),
    ] {
        let request =
            format!("POST / HTTP/{version}\r\nHost: a\r\n{field}\r\nContent-Length: 1\r\n\r\na");
        let answer = ok("a").replace(" OK", &format!(" OK{connection}"));
        let mut tested = Tested::default();
        assert_eq!(tested.receive(&request), (answer, closes));
        // What follows after the last request is not read.
        let (answer, _) = Tested::default().receive(request.clone() + &request);
        assert_eq!(
            answer.matches("HTTP/1.1 200").count(),
            if closes { 1 } else { 2 }
        );
    }
}

#[test]
fn clients_that_wait_are_told_to_go_on() {
    for framing in ["Content-Length: 3", "Transfer-Encoding: chunked"] {
        let head =
            format!("POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\nExpect: 100-continue\r\n\r\n");
        let mut tested = Tested::default();
        for _ in 0..2 {
            let go_on = "HTTP/1.1 100 Continue\r\n\r\n".to_owned();
            assert_eq!(tested.receive(&head), (go_on, false));
            let body = match framing {
                "Content-Length: 3" => "abc",
                _ => "3\r\nabc\r\n0\r\n\r\n",
            };
            tested.nothing(&body[..1]);
            assert_eq!(tested.receive(&body[1..]), (ok("abc"), false));
        }
        if framing == "Content-Length: 3" {
            assert_eq!(tested.receive(head + "abc"), (ok("abc"), false));
        }
    }
    // A refusal comes before the body, and so instead of it.
    let request = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    assert_eq!(status(request), (405, true));
    let request =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n";
    assert_eq!(status(request), (413, true));
}

#[test]
fn other_methods_are_not_allowed() {
    let mut tested = Tested::default();
    let (answer, closes) = tested.receive("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(
        answer,
        "HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 7\r\n\r\n\
         no GET\n"
    );
    assert!(!closes);
    let (answer, _) = tested.receive("HEAD /y HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(answer.ends_with("Content-Length: 8\r\n\r\n"), "{answer}");
    let (answer, closes) =
        tested.receive("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    assert!(answer.starts_with("HTTP/1.1 405") && !closes);
    // Its body is not taken for a request.
    assert_eq!(tested.receive(post("b")), (ok("b"), false));
    assert_eq!(tested.echo.refused, ["/x no GET", "/y no HEAD", "/ no PUT"]);
}

#[test]
fn what_cannot_be_read_closes_the_connection() {
    let huge = format!("POST / HTTP/1.1\r\nHost: a\r\nx: {}", "y".repeat(20_000));
    for (request, number) in [
        ("nonsense\r\n\r\n", 400),
        ("\x16\x03\x01", 400),
        ("POST / HTTP/1.1\r\n\r\n", 400),
        ("POST / HTTP/3.0\r\n\r\n", 505),
        (&huge, 431),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 16777217\r\n\r\n",
            413,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1000001\r\n",
            413,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a\nxx\r\na\r\n0\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
            501,
        ),
    ] {
        assert_eq!(status(request), (number, true), "{request:.60}");
        let mut tested = Tested::default();
        tested.receive(request);
        assert_eq!(tested.echo.refused.len(), 1, "{request:.60}");
        assert!(tested.input.is_empty());
    }
}

#[test]
fn chunks_do_not_stay_once_they_are_read() {
    let mut tested = Tested::default();
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    tested.nothing(head);
    for _ in 0..1000 {
        tested.nothing("2\r\nab\r\n2\r\nc");
        tested.nothing("d\r\n");
        assert_eq!(tested.input.len(), head.len());
    }
    assert!(tested.connection.held() >= 4000);
    let (answer, closes) = tested.receive("0\r\n\r\n".to_owned() + &post("e"));
    assert_eq!(
        (answer, closes),
        (ok(&"abcd".repeat(1000)) + &ok("e"), false)
    );
}

#[test]
fn chunks_after_another_request_are_read() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut tested = Tested::default();
    let requests = post("a") + head + "1\r\nb\r\n1\r";
    assert_eq!(tested.receive(requests), (ok("a"), false));
    assert_eq!(tested.receive("\nc\r\n0\r\n\r\n"), (ok("bc"), false));
}

#[test]
fn a_connection_without_room_is_answered_and_closed() {
    for (input, path, has_body) in [
        (
            "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
            "/a",
            true,
        ),
        (
            "HEAD /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
            "/a",
            false,
        ),
        ("POST /a HTTP", "", true),
        ("", "", true),
    ] {
        let mut tested = Tested::default();
        let mut output = Vec::new();
        overloaded(&mut tested.echo, input.as_bytes(), &mut output);
        let answer = String::from_utf8(output).unwrap();
        let start = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n";
        assert!(answer.starts_with(start), "{answer}");
        assert_eq!(!answer.ends_with("\r\n\r\n"), has_body, "{answer}");
        let problem = "the requests and answers of all connections together take too much memory";
        let [refused] = &*tested.echo.refused else {
            panic!("{:?}", tested.echo.refused)
        };
        assert!(
            refused.starts_with(&format!("{path} {problem}")),
            "{refused}"
        );
    }
}

#[test]
fn an_answer_to_head_has_no_body() {
    for request in [
        "HEAD / HTTP/1.1\r\n\r\n",
        "\r\nHEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
    ] {
        let (answer, closes) = Tested::default().receive(request);
        assert!(answer.starts_with("HTTP/1.1 4") && closes, "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    }
}

#[test]
fn a_request_without_its_end_is_noticed() {
    let mut tested = Tested::default();
    let mut output = Vec::new();
    tested.nothing("\r\n");
    closed(&mut tested.echo, &mut tested.input, &mut output);
    assert!(output.is_empty() && tested.echo.refused.is_empty());
    tested.nothing("POST / HTTP/1.1\r\n");
    closed(&mut tested.echo, &mut tested.input, &mut output);
    assert!(output.starts_with(b"HTTP/1.1 400 "));
    assert_eq!(
        tested.echo.refused,
        [" the client closed the connection in the middle of a request"]
    );
}

#[test]
fn an_answer_can_be_made_in_pieces() {
    let chunked =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n*bc\r\n0\r\n\r\n";
    for request in [post("*bc"), chunked.to_owned()] {
        let mut tested = Tested::default();
        // What comes after it waits its turn.
        tested.nothing(request + &post("de"));
        assert!(tested.is_busy);
        tested.nothing("");
        assert!(tested.is_busy);
        assert_eq!(tested.receive(""), (ok("*bc") + &ok("de"), false));
        assert!(!tested.is_busy);
        assert_eq!(tested.echo.answered, ["/ *bc", "/ de"]);
    }
}
