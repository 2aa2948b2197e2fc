// The protocol of the plugin `line`, whose source describes it: a client, a provider, and interactions.

#ifndef LINE_HPP
#define LINE_HPP

#include "support.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <future>
#include <thread>

namespace support {

/// Bytes that no text has.
inline const std::string binary(
    "\0\n\r\xff"
    "OK 1\n",
    9);

inline std::string base64(std::string_view bytes) {
    static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t index = 0; index < bytes.size(); index += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - index);
        std::uint32_t group = 0;
        for (std::size_t place = 0; place < 3; ++place) {
            group = group << 8 | (place < count ? static_cast<unsigned char>(bytes[index + place]) : 0U);
        }
        for (std::size_t place = 0; place < 4; ++place) {
            text += place <= count ? digits[group >> (18 - 6 * place) & 63] : '=';
        }
    }
    return text;
}

/// An interaction: what a client sends and what it gets.
inline pact_wasm::InteractionContents line_interaction(std::string_view command, std::string_view request,
                                                       std::string_view response) {
    pact_wasm::InteractionContents contents;
    contents.type = pact_wasm::InteractionType::synchronous_messages;
    contents.plugin_configuration.interaction =
        pact_wasm::Json{"{\"command\":\"" + std::string(command) + "\",\"request\":\"" + base64(request) +
                        "\",\"response\":\"" + base64(response) + "\"}"};
    contents.consumer = "c";
    contents.provider = "p";
    return contents;
}

inline pact_wasm::StartRequest expecting(std::vector<pact_wasm::InteractionContents> interactions) {
    pact_wasm::StartRequest request;
    request.interactions = std::move(interactions);
    return request;
}

/// The first word of a message, and its bytes.
using Message = std::pair<std::string, std::string>;

/// A connected socket.
class Connection {
public:
    explicit Connection(int socket) : socket_(socket) {
        if (socket < 0) {
            throw std::runtime_error("no connection: " + std::string(std::strerror(errno)));
        }
        // A test that waits for what never comes is to fail.
        const timeval patience{60, 0};
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    Connection(Connection &&other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
    Connection &operator=(Connection &&) = delete;
    ~Connection() { ::close(socket_); }

    void send(std::string_view word, std::string_view bytes) const {
        const std::string message = std::string(word) + " " + std::to_string(bytes.size()) + "\n" + std::string(bytes);
        if (::send(socket_, message.data(), message.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(message.size())) {
            throw std::runtime_error("the message was not sent: " + std::string(std::strerror(errno)));
        }
    }

    /// A message, or nothing where the connection was closed.
    std::optional<Message> receive() const {
        std::string head;
        char byte = 0;
        while (recv(socket_, &byte, 1, 0) == 1 && byte != '\n') {
            head += byte;
        }
        const auto space = head.find(' ');
        if (space == std::string::npos) {
            return std::nullopt;
        }
        std::string bytes(std::stoul(head.substr(space + 1)), '\0');
        if (!bytes.empty() && recv(socket_, bytes.data(), bytes.size(), MSG_WAITALL) != static_cast<ssize_t>(bytes.size())) {
            throw std::runtime_error("half a message");
        }
        return Message(head.substr(0, space), bytes);
    }

    std::optional<Message> ask(std::string_view word, std::string_view bytes) const {
        send(word, bytes);
        return receive();
    }

private:
    int socket_;
};

/// Where something listens on loopback.
inline sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

/// A socket that is connected to this port of loopback, or −1.
inline int connected(std::uint16_t port) {
    const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    if (connect(made, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0) {
        return made;
    }
    ::close(made);
    return -1;
}

inline Connection connect_to(const pact_wasm::MockServer &server) { return Connection(connected(server.port())); }

inline bool is_listening(std::uint16_t port) {
    const int made = connected(port);
    if (made >= 0) {
        ::close(made);
    }
    return made >= 0;
}

/// A provider on loopback, which answers one request.
class Provider {
public:
    /// Answers with this, as it stands.
    explicit Provider(Message answer) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        if (bind(socket_, reinterpret_cast<sockaddr *>(&address), size) != 0 || listen(socket_, 8) != 0 ||
            getsockname(socket_, reinterpret_cast<sockaddr *>(&address), &size) != 0) {
            throw std::runtime_error("no provider: " + std::string(std::strerror(errno)));
        }
        port_ = ntohs(address.sin_port);
        request_ = std::async(std::launch::async, [this, answer = std::move(answer)]() -> std::optional<Message> {
            const int client = accept(socket_, nullptr, nullptr);
            if (client < 0) {
                return std::nullopt;
            }
            const Connection connection(client);
            auto request = connection.receive();
            connection.send(answer.first, answer.second);
            return request;
        });
    }
    Provider(const Provider &) = delete;
    Provider &operator=(const Provider &) = delete;
    ~Provider() {
        ::shutdown(socket_, SHUT_RDWR);  // ends accept
        if (request_.valid()) {
            request_.wait();
        }
        ::close(socket_);
    }

    std::uint16_t port() const { return port_; }

    /// What it was asked; nothing where nobody came.
    std::optional<Message> request() {
        ::shutdown(socket_, SHUT_RDWR);
        return request_.get();
    }

    /// The configuration of a verification by `line`.
    pact_wasm::Json config(std::string_view more = "") const {
        return {"{\"host\":\"127.0.0.1\",\"port\":" + std::to_string(port_) + std::string(more) + "}"};
    }

private:
    int socket_;
    std::uint16_t port_ = 0;
    std::future<std::optional<Message>> request_{};
};

/// Options with which plugins may connect to loopback.
inline pact_wasm::HostOptions connecting() {
    auto granting = options();
    granting.grants.push_back({pact_wasm::Permission::connect, "localhost", "line"});
    return granting;
}

}  // namespace support

#endif  // LINE_HPP
