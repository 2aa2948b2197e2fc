//! What of the network a plugin reaches: its [`Allowance`](crate::driver::permissions::Allowance), asked for each address.
//! Only TCP, and looking up names. What is refused is logged, and remembered for the error of the call.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{
    self, Host, HostResolveAddressStream, ResolveAddressStream,
};
use wasmtime_wasi::p2::bindings::sockets::network::{
    self, ErrorCode, IpAddress, Network as Handle,
};
use wasmtime_wasi::p2::bindings::sockets::tcp_create_socket::{self, IpAddressFamily};
use wasmtime_wasi::p2::bindings::sync::sockets::{network as sync_network, udp_create_socket};
use wasmtime_wasi::p2::{DynPollable, IoError, SocketError, TcpSocket, UdpSocket};
use wasmtime_wasi::sockets::{SocketAddrUse, WasiSocketsCtxView, WasiSocketsView};

use crate::driver::component::PluginContext;
use crate::driver::log::Level;
use crate::driver::permissions::{canonical_name, is_loopback};
use crate::runtime::call_log::CallLog;
use crate::runtime::instance::State;

/// The network of one instance, or what is in the place of one.
pub struct Network {
    context: Arc<PluginContext>,
    /// Whether there is any use for sockets.
    is_open: bool,
    /// A transport may listen on loopback without asking.
    is_transport: bool,
    log: Arc<CallLog>,
    /// Names that are being looked up, by the resource that gives the answers.
    asked: Mutex<HashMap<u32, String>>,
    /// Names that have led to these addresses.
    names: Mutex<HashMap<IpAddr, Vec<String>>>,
    /// Whether `refused` holds anything; keeps the beginning of a call free of locks.
    has_refused: AtomicBool,
    /// What the current call was refused.
    refused: Mutex<Vec<String>>,
}

impl Network {
    /// The network of an instance.
    pub fn new(context: &Arc<PluginContext>, is_transport: bool, log: &Arc<CallLog>) -> Self {
        Network {
            context: context.clone(),
            is_open: is_transport || context.allowance.has_network(),
            is_transport,
            log: log.clone(),
            asked: Mutex::default(),
            names: Mutex::default(),
            has_refused: AtomicBool::new(false),
            refused: Mutex::default(),
        }
    }

    /// Whether there is any use for sockets.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    fn check_open(&self) -> Result<(), SocketError> {
        if self.is_open {
            return Ok(());
        }
        self.refuse("the network".to_string());
        Err(ErrorCode::AccessDenied.into())
    }

    /// A call begins: nothing was refused yet.
    pub fn begin(&self) {
        if self.has_refused.swap(false, Ordering::Relaxed) {
            lock(&self.refused).clear();
        }
    }

    /// What the call was refused, for people.
    pub fn refused(&self) -> Vec<String> {
        lock(&self.refused).clone()
    }

    /// Whether the instance may do this with this address.
    pub fn admits(&self, address: SocketAddr, purpose: SocketAddrUse) -> bool {
        match purpose {
            // It leads nowhere yet: listening and connecting are asked for themselves.
            SocketAddrUse::TcpBind if is_any(address) => true,
            SocketAddrUse::TcpBind | SocketAddrUse::TcpListen => self.admits_listening(address),
            SocketAddrUse::TcpAccept => true,
            SocketAddrUse::TcpConnect => self.admits_connecting(address),
            SocketAddrUse::UdpBind | SocketAddrUse::UdpSend | SocketAddrUse::UdpReceive => false,
        }
    }

    fn admits_listening(&self, address: SocketAddr) -> bool {
        let allowance = &self.context.allowance;
        let by_itself = self.is_transport && is_loopback(address.ip());
        if by_itself || allowance.may_listen(address) {
            return true;
        }
        let rules = allowance.describe_listen();
        let granted = match (self.is_transport, rules) {
            (true, None) => "loopback".to_string(),
            (true, Some(rules)) => format!("loopback, {rules}"),
            (false, rules) => or_nothing(rules),
        };
        self.refuse(format!("to listen on {address} (it may on {granted})"));
        false
    }

    fn admits_connecting(&self, address: SocketAddr) -> bool {
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        let names = lock(&self.names)
            .get(&address.ip())
            .cloned()
            .unwrap_or_default();
        if self.context.allowance.may_connect(address, &names) {
            return true;
        }
        let known_as = match names.is_empty() {
            true => String::new(),
            false => format!(" alias {}", names.join(", ")),
        };
        let granted = or_nothing(self.context.allowance.describe_connect());
        self.refuse(format!(
            "to connect to {address}{known_as} (it may to {granted})"
        ));
        false
    }

    fn admits_looking_up(&self, name: &str) -> bool {
        if self.context.allowance.may_resolve(name) {
            return true;
        }
        let granted = or_nothing(self.context.allowance.describe_connect());
        self.refuse(format!(
            "to look up \"{name}\" (it may connect to {granted})"
        ));
        false
    }

    fn refuse(&self, what: String) {
        let target = "pact_wasm".to_string();
        let message = format!("the sandbox refuses {what}");
        self.log.write(Level::Warn, target, message);
        self.has_refused.store(true, Ordering::Relaxed);
        let mut refused = lock(&self.refused);
        // One is enough to know; a plugin that tries all ports must not fill the host's memory.
        if refused.len() < 5 {
            refused.push(what);
        }
    }

    fn learn(&self, name: &str, ip: IpAddr) {
        let mut names = lock(&self.names);
        let known = names.entry(ip.to_canonical()).or_default();
        if !known.iter().any(|it| it == name) {
            known.push(name.to_string());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn or_nothing(rules: Option<String>) -> String {
    rules.unwrap_or_else(|| "nothing".to_string())
}

fn is_any(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_unspecified() && address.port() == 0
}

/// Puts interfaces in place of WASI's: one for looking up names, because WASI knows only all names or none; and those that
/// sockets are made with, because WASI refuses them without a word, and UDP's starts threads for that. The linker must allow
/// shadowing.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    fn view(state: &mut State) -> View<'_> {
        View {
            network: state.network.clone(),
            sockets: state.sockets(),
        }
    }
    ip_name_lookup::add_to_linker::<_, Sockets>(linker, view)?;
    tcp_create_socket::add_to_linker::<_, Sockets>(linker, view)?;
    udp_create_socket::add_to_linker::<_, Sockets>(linker, view)
}

struct Sockets;

impl HasData for Sockets {
    type Data<'a> = View<'a>;
}

struct View<'a> {
    network: Arc<Network>,
    sockets: WasiSocketsCtxView<'a>,
}

impl tcp_create_socket::Host for View<'_> {
    fn create_tcp_socket(
        &mut self,
        family: IpAddressFamily,
    ) -> Result<Resource<TcpSocket>, SocketError> {
        self.network.check_open()?;
        self.sockets.create_tcp_socket(family)
    }
}

impl udp_create_socket::Host for View<'_> {
    fn create_udp_socket(
        &mut self,
        _: sync_network::IpAddressFamily,
    ) -> Result<Resource<UdpSocket>, SocketError> {
        self.network.refuse("UDP, which no plugin has".to_string());
        Err(ErrorCode::AccessDenied.into())
    }
}

type Answers = Resource<ResolveAddressStream>;

impl Host for View<'_> {
    fn resolve_addresses(
        &mut self,
        network: Resource<Handle>,
        name: String,
    ) -> Result<Answers, SocketError> {
        let rules = &self.network;
        rules.check_open()?;
        // An address as a text leads nowhere but to itself.
        let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        if !is_address && !rules.admits_looking_up(&name) {
            return Err(ErrorCode::AccessDenied.into());
        }
        let canonical = canonical_name(&name);
        let answers = self.sockets.resolve_addresses(network, name)?;
        if !is_address {
            lock(&rules.asked).insert(answers.rep(), canonical);
        }
        Ok(answers)
    }
}

impl network::Host for View<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        self.sockets.convert_error_code(error)
    }

    fn network_error_code(
        &mut self,
        error: Resource<IoError>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        self.sockets.network_error_code(error)
    }
}

impl network::HostNetwork for View<'_> {
    fn drop(&mut self, network: Resource<Handle>) -> wasmtime::Result<()> {
        network::HostNetwork::drop(&mut self.sockets, network)
    }
}

impl HostResolveAddressStream for View<'_> {
    fn resolve_next_address(&mut self, answers: Answers) -> Result<Option<IpAddress>, SocketError> {
        let rep = answers.rep();
        let answer = self.sockets.resolve_next_address(answers)?;
        let name = lock(&self.network.asked).get(&rep).cloned();
        if let (Some(name), Some(address)) = (name, answer) {
            self.network.learn(&name, ip(address));
        }
        Ok(answer)
    }

    fn subscribe(&mut self, answers: Answers) -> wasmtime::Result<Resource<DynPollable>> {
        self.sockets.subscribe(answers)
    }

    fn drop(&mut self, answers: Answers) -> wasmtime::Result<()> {
        lock(&self.network.asked).remove(&answers.rep());
        HostResolveAddressStream::drop(&mut self.sockets, answers)
    }
}

fn ip(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => IpAddr::from([a, b, c, d]),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => IpAddr::from([a, b, c, d, e, f, g, h]),
    }
}
