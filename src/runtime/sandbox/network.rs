//! What of the network a plugin reaches: its [`Allowance`](crate::driver::permissions::Allowance), asked for each address.
//! Only TCP, and looking up names.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{
    self, Host, HostResolveAddressStream, ResolveAddressStream,
};
use wasmtime_wasi::p2::bindings::sockets::network::{
    self, ErrorCode, IpAddress, Network as Handle,
};
use wasmtime_wasi::p2::{DynPollable, IoError, SocketError};
use wasmtime_wasi::sockets::{SocketAddrUse, WasiSocketsCtxView, WasiSocketsView};

use crate::driver::component::PluginContext;
use crate::driver::log::Level;
use crate::driver::permissions::{canonical_name, is_loopback};
use crate::runtime::call_log::CallLog;
use crate::runtime::instance::State;

/// The network of one instance.
pub struct Network {
    context: Arc<PluginContext>,
    /// A transport may listen on loopback without asking.
    is_transport: bool,
    log: Arc<CallLog>,
    /// Names that are being looked up, by the resource that gives the answers.
    asked: Mutex<HashMap<u32, String>>,
    /// Names that have led to these addresses.
    names: Mutex<HashMap<IpAddr, Vec<String>>>,
    /// What the current call was refused.
    refused: Mutex<Vec<String>>,
}

impl Network {
    /// The network of an instance, if it has any.
    pub fn of(
        context: &Arc<PluginContext>,
        is_transport: bool,
        log: &Arc<CallLog>,
    ) -> Option<Arc<Self>> {
        (is_transport || context.allowance.has_network()).then(|| {
            Arc::new(Network {
                context: context.clone(),
                is_transport,
                log: log.clone(),
                asked: Mutex::default(),
                names: Mutex::default(),
                refused: Mutex::default(),
            })
        })
    }

    /// A call begins: nothing was refused yet.
    pub fn begin(&self) {
        lock(&self.refused).clear();
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
        let own = if self.is_transport {
            "loopback, and "
        } else {
            ""
        };
        let granted = allowance.describe_listen();
        self.refuse(format!("to listen on {address} (it may on {own}{granted})"));
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
        let granted = self.context.allowance.describe_connect();
        self.refuse(format!(
            "to connect to {address}{known_as} (it may to {granted})"
        ));
        false
    }

    fn admits_looking_up(&self, name: &str) -> bool {
        if self.context.allowance.may_resolve(name) {
            return true;
        }
        let granted = self.context.allowance.describe_connect();
        self.refuse(format!(
            "to look up \"{name}\" (it may connect to {granted})"
        ));
        false
    }

    fn refuse(&self, what: String) {
        let target = "pact_wasm".to_string();
        let message = format!("the sandbox refuses {what}");
        self.log.write(Level::Warn, target, message);
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

fn is_any(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_unspecified() && address.port() == 0
}

/// Puts an interface for looking up names in place of WASI's, which knows only all names or none. The linker must allow
/// shadowing.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    ip_name_lookup::add_to_linker::<_, LookUp>(linker, |state| View {
        network: state.network.clone(),
        sockets: state.sockets(),
    })
}

struct LookUp;

impl HasData for LookUp {
    type Data<'a> = View<'a>;
}

struct View<'a> {
    network: Option<Arc<Network>>,
    sockets: WasiSocketsCtxView<'a>,
}

type Answers = Resource<ResolveAddressStream>;

impl Host for View<'_> {
    fn resolve_addresses(
        &mut self,
        network: Resource<Handle>,
        name: String,
    ) -> Result<Answers, SocketError> {
        let Some(rules) = &self.network else {
            return Err(ErrorCode::AccessDenied.into());
        };
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
        if let (Some(rules), Some(address)) = (&self.network, answer) {
            let name = lock(&rules.asked).get(&rep).cloned();
            if let Some(name) = name {
                rules.learn(&name, ip(address));
            }
        }
        Ok(answer)
    }

    fn subscribe(&mut self, answers: Answers) -> wasmtime::Result<Resource<DynPollable>> {
        self.sockets.subscribe(answers)
    }

    fn drop(&mut self, answers: Answers) -> wasmtime::Result<()> {
        if let Some(rules) = &self.network {
            lock(&rules.asked).remove(&answers.rep());
        }
        HostResolveAddressStream::drop(&mut self.sockets, answers)
    }
}

fn ip(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => IpAddr::from([a, b, c, d]),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => IpAddr::from([a, b, c, d, e, f, g, h]),
    }
}
