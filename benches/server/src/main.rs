//! The mock server of the plugin `jsonrpc` as a native program, with a thread for each connection:
//!
//! ```sh
//! native_server '{"request": …}'    # the interaction configuration
//! ```
//!
//! It prints its port and serves until its standard input is closed. What answers is the plugin's own code; only the sockets are
//! the standard library's.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use tcp::{Protocol, Then};

/// As much as the component reads at a time.
const READ_SIZE: usize = 64 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let configuration = std::env::args()
        .nth(1)
        .ok_or("an interaction configuration")?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let protocol = jsonrpc::native::protocol(&configuration, port)?;
    println!("{port}");
    thread::spawn(move || accept(&listener, Arc::new(Mutex::new(protocol))));
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn accept<P>(listener: &TcpListener, protocol: Arc<Mutex<P>>)
where
    P: Protocol<Connection: Send> + Send + 'static,
{
    for stream in listener.incoming().flatten() {
        let protocol = protocol.clone();
        thread::spawn(move || serve(stream, &protocol));
    }
}

/// Until the client closes, or the protocol does. A connection that breaks concerns nobody else.
fn serve<P: Protocol>(mut stream: TcpStream, protocol: &Mutex<P>) {
    let mut connection = P::Connection::default();
    let (mut input, mut output) = (Vec::new(), Vec::new());
    let mut buffer = vec![0; READ_SIZE];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        input.extend_from_slice(&buffer[..length]);
        loop {
            let then = match protocol.lock() {
                Ok(mut protocol) => protocol.received(&mut connection, &mut input, &mut output),
                Err(_) => return,
            };
            if stream.write_all(&output).is_err() {
                return;
            }
            output.clear();
            match then {
                Then::Again => {}
                Then::Continue => break,
                Then::Close | Then::Fail(_) => return,
            }
        }
    }
}
