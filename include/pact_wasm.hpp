/// @file
/// libpact_wasm for C++17: Pact plugins as WebAssembly components.
///
/// A thin layer over pact_wasm.h, whose comments are the manual of what plugins do. Here is what C++ makes of it:
///
/// @code
/// pact_wasm::Host host;
/// const pact_wasm::Plugin jwt = host.load("jwt");
/// pact_wasm::ConfigureRequest request;
/// request.content_type = "application/jwt";
/// request.contents_config = {R"({"algorithm": "HS256", "secret": "for tests", "subject": "alice"})"};
/// const pact_wasm::Interaction token = jwt.configure_interaction(request);
/// std::cout << token[0].body->content->text() << '\n';
/// @endcode
///
/// What holds for everything, unless its comment says otherwise:
///
/// - **Errors** are exceptions of the type Error. No other ones come from this layer, except std::bad_alloc. Arguments that are
///   no good throw an Error with Code::invalid_argument.
/// - **Requests borrow**: texts and bodies in them are views, and what they refer to has to live until the call returns. JSON
///   is owned (Json), and so are interactions (InteractionContents).
/// - **Results own** what they were made of, and are moved, not copied. The views in them are valid as long as the result is,
///   also after it was moved. What would be a view into a temporary result does not compile.
/// - **Text** is UTF-8; NULs inside are legal. Absent is std::nullopt, and differs from empty.
/// - **Threads**: const member functions may be called from many threads at once, also with the same object. Host::close,
///   Plugin::close and MockServer::close may be called while other threads call; everything else that is not const (moving,
///   assigning, destroying) needs the usual care.
/// - **Fork**: what was made before a fork throws Code::forked in the child, where destroying it does nothing.
///
/// Everything is inline, so any number of a program's files may include this header. Link with libpact_wasm (see the README of
/// the C++ binding).

#ifndef PACT_WASM_HPP
#define PACT_WASM_HPP

#include <pact_wasm.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>
#include <vector>

#if __has_include(<cxxabi.h>)
#include <cxxabi.h>
#endif

namespace pact_wasm {

// ---- constants ------------------------------------------------------------------------------------------------------------

/// Why something failed. The values are those of PACTWASM_ERROR_…, and are never reused.
enum class Code : std::int32_t {
    /// An argument is out of range, not UTF-8 or not JSON. The message names it.
    invalid_argument = PACTWASM_ERROR_INVALID_ARGUMENT,
    /// A plugin, a directory or an item does not exist.
    not_found = PACTWASM_ERROR_NOT_FOUND,
    /// A name fits more than one thing; the message lists them.
    ambiguous = PACTWASM_ERROR_AMBIGUOUS,
    /// A callback called the plugin that is calling it, and there is no other instance.
    busy = PACTWASM_ERROR_BUSY,
    /// The object was made before the process forked.
    forked = PACTWASM_ERROR_FORKED,
    /// The plugin does not fill the role, or this build of the library lacks the feature.
    unsupported = PACTWASM_ERROR_UNSUPPORTED,
    /// Another call has to come first, such as Plugin::init; or the object was closed or moved from.
    wrong_state = PACTWASM_ERROR_WRONG_STATE,
    /// Plugin and library, or this header and the library, do not fit together.
    incompatible = PACTWASM_ERROR_INCOMPATIBLE,
    /// pact-plugin.json cannot be used; the message names file and field.
    manifest_invalid = PACTWASM_ERROR_MANIFEST_INVALID,
    /// The file is not a WebAssembly component.
    component_invalid = PACTWASM_ERROR_COMPONENT_INVALID,
    /// The component cannot be compiled.
    compile_failed = PACTWASM_ERROR_COMPILE_FAILED,
    /// The plugin needs, or has tried, what it was not granted; the message says what. See HostOptions::grants.
    permission = PACTWASM_ERROR_PERMISSION,
    /// The operating system refused a file operation.
    io = PACTWASM_ERROR_IO,
    /// The plugin answered with an error; the message is the plugin's.
    plugin = PACTWASM_ERROR_PLUGIN,
    /// The plugin crashed. It gets a fresh instance and stays usable, as after the other errors of this group.
    trap = PACTWASM_ERROR_TRAP,
    /// The call took longer than its deadline.
    deadline = PACTWASM_ERROR_DEADLINE,
    /// The call was cancelled.
    cancelled = PACTWASM_ERROR_CANCELLED,
    /// The plugin wanted more memory than its limit.
    memory_limit = PACTWASM_ERROR_MEMORY_LIMIT,
    /// The plugin handed over more data than its limit.
    host_call_limit = PACTWASM_ERROR_HOST_CALL_LIMIT,
    /// The plugin used up its stack.
    stack_limit = PACTWASM_ERROR_STACK_LIMIT,
    /// The plugin wanted more tables or instances than its limit.
    resource_limit = PACTWASM_ERROR_RESOURCE_LIMIT,
    /// Plugins call each other in a circle, or too deep; the message shows the chain.
    cycle = PACTWASM_ERROR_CYCLE,
    /// The plugin's answer breaks the interface, for instance with text that should be JSON.
    invalid_response = PACTWASM_ERROR_INVALID_RESPONSE,
    /// A fault of the library. Please report it.
    internal = PACTWASM_ERROR_INTERNAL,
};

/// How important a log record is.
enum class Level : std::int32_t {
    /// Finest detail.
    trace = PACTWASM_LEVEL_TRACE,
    /// For the plugin's author.
    debug = PACTWASM_LEVEL_DEBUG,
    /// Normal events. The default.
    info = PACTWASM_LEVEL_INFO,
    /// Something that deserves a look; also what a plugin prints to stderr.
    warn = PACTWASM_LEVEL_WARN,
    /// Something failed.
    error = PACTWASM_LEVEL_ERROR,
};

/// Whether a body is text or binary.
enum class Hint : std::int32_t {
    /// As the content type says.
    by_content_type = PACTWASM_HINT_DEFAULT,
    /// The body is text.
    text = PACTWASM_HINT_TEXT,
    /// The body is binary.
    binary = PACTWASM_HINT_BINARY,
};

/// Which side is being tested.
enum class TestMode : std::int32_t {
    /// Nobody knows.
    unknown = PACTWASM_TEST_MODE_UNKNOWN,
    /// A consumer test.
    consumer = PACTWASM_TEST_MODE_CONSUMER,
    /// A provider verification.
    provider = PACTWASM_TEST_MODE_PROVIDER,
};

/// What a generated body is for.
enum class ContentFor : std::int32_t {
    /// A request.
    request = PACTWASM_CONTENT_FOR_REQUEST,
    /// A response.
    response = PACTWASM_CONTENT_FOR_RESPONSE,
};

/// Where a single value is.
enum class Source : std::int32_t {
    /// In a body.
    body = PACTWASM_SOURCE_BODY,
    /// In a header.
    header = PACTWASM_SOURCE_HEADER,
    /// In the metadata of a message.
    metadata = PACTWASM_SOURCE_METADATA,
    /// In a query string.
    query = PACTWASM_SOURCE_QUERY,
    /// It is the path of a request.
    path = PACTWASM_SOURCE_PATH,
    /// It is the status of a response.
    status = PACTWASM_SOURCE_STATUS,
};

/// What plugins can be granted outside of their sandbox.
enum class Permission : std::int32_t {
    /// Listening for TCP connections, at addresses.
    listen = PACTWASM_PERMISSION_LISTEN,
    /// TCP connections to other machines, or to this one, at addresses.
    connect = PACTWASM_PERMISSION_CONNECT,
    /// Reading the files of a directory and of what is below it.
    read = PACTWASM_PERMISSION_READ,
    /// Reading and writing the files of a directory and of what is below it.
    read_write = PACTWASM_PERMISSION_READ_WRITE,
    /// An environment variable of this process.
    environment = PACTWASM_PERMISSION_ENVIRONMENT,
};

/// The type of an interaction, as in the pact file.
enum class InteractionType {
    /// "Synchronous/HTTP": a request and its response.
    synchronous_http,
    /// "Asynchronous/Messages": a message that nobody answers.
    asynchronous_messages,
    /// "Synchronous/Messages": a message and the answers to it.
    synchronous_messages,
};

/// The markup language of a rendering.
enum class Markup : std::int32_t {
    /// CommonMark.
    common_mark = PACTWASM_MARKUP_COMMON_MARK,
    /// HTML.
    html = PACTWASM_MARKUP_HTML,
};

/// The outcome of a comparison.
enum class Verdict : std::int32_t {
    /// Body or value match.
    match = PACTWASM_VERDICT_MATCH,
    /// They do not match; there is at least one mismatch.
    mismatch = PACTWASM_VERDICT_MISMATCH,
    /// The actual body is of another type, so it was not compared. The one mismatch holds the two content types as expected and
    /// actual.
    content_type = PACTWASM_VERDICT_CONTENT_TYPE,
};

// ---- bytes, JSON, values --------------------------------------------------------------------------------------------------

namespace detail {

template <class T>
inline constexpr bool is_byte = std::is_same_v<T, char> || std::is_same_v<T, unsigned char> || std::is_same_v<T, signed char> ||
                                std::is_same_v<T, std::byte>;

/// Strings, vectors, spans, arrays of bytes: whatever has data() and size().
template <class T, class = void>
inline constexpr bool is_byte_container = false;

template <class T>
inline constexpr bool
    is_byte_container<T, std::void_t<decltype(*std::declval<T &>().data()), decltype(std::declval<T &>().size())>> =
        is_byte<std::remove_cv_t<std::remove_reference_t<decltype(*std::declval<T &>().data())>>>;

/// Containers that take their bytes with them when they die. Views have no allocator.
template <class T, class = void>
inline constexpr bool has_allocator = false;

template <class T>
inline constexpr bool has_allocator<T, std::void_t<typename T::allocator_type>> = true;

}  // namespace detail

/// Borrowed bytes: a std::span<const std::uint8_t> for C++17.
///
/// Converts from texts (char *, std::string, std::string_view) and from contiguous containers and arrays of std::uint8_t, char
/// or std::byte. An array of char is a text that ends at its NUL; use ByteView(data, size) for other contents. Temporary
/// strings and vectors do not convert, because they would be gone when the bytes are read: give them a name.
class ByteView {
public:
    /// The type of the elements.
    using value_type = std::uint8_t;
    /// A pointer is all it takes.
    using const_iterator = const std::uint8_t *;

    /// No bytes.
    ByteView() noexcept = default;

    /// These bytes; `data` may be null where `size` is 0.
    ByteView(const void *data, std::size_t size) noexcept : data_(static_cast<const std::uint8_t *>(data)), size_(size) {}

    /// A text that ends with a NUL, without the NUL.
    ByteView(const char *text) noexcept : ByteView(text, std::char_traits<char>::length(text)) {}

    /// An array of bytes.
    template <class T, std::size_t N, std::enable_if_t<detail::is_byte<T> && !std::is_same_v<T, char>, int> = 0>
    ByteView(const T (&array)[N]) noexcept : ByteView(array, N) {}

    /// What a string, vector, array or span holds.
    template <class Container, class Plain = std::decay_t<Container>,
              std::enable_if_t<!std::is_same_v<Plain, ByteView> && detail::is_byte_container<Plain> &&
                                   (std::is_lvalue_reference_v<Container> || !detail::has_allocator<Plain>),
                               int> = 0>
    ByteView(Container &&bytes) noexcept : ByteView(bytes.data(), bytes.size()) {}

    /// Not from a temporary that owns its bytes.
    template <class Container, class Plain = std::decay_t<Container>,
              std::enable_if_t<detail::is_byte_container<Plain> && !std::is_lvalue_reference_v<Container> &&
                                   detail::has_allocator<Plain>,
                               long> = 0>
    ByteView(Container &&bytes) = delete;

    /// The first byte; may be null where there are none.
    const std::uint8_t *data() const noexcept { return data_; }
    /// The number of bytes.
    std::size_t size() const noexcept { return size_; }
    /// Whether there are no bytes.
    bool empty() const noexcept { return size_ == 0; }
    /// The first byte.
    const_iterator begin() const noexcept { return data_; }
    /// Behind the last byte.
    const_iterator end() const noexcept { return data_ + size_; }
    /// One byte; `index` is less than size().
    const std::uint8_t &operator[](std::size_t index) const noexcept { return data_[index]; }

    /// The same bytes as text.
    std::string_view text() const noexcept { return {reinterpret_cast<const char *>(data_), size_}; }
    /// A copy.
    std::vector<std::uint8_t> to_vector() const { return {begin(), end()}; }

    /// Whether the bytes are the same.
    friend bool operator==(ByteView left, ByteView right) noexcept { return left.text() == right.text(); }
    /// Whether the bytes differ.
    friend bool operator!=(ByteView left, ByteView right) noexcept { return !(left == right); }

private:
    const std::uint8_t *data_ = nullptr;
    std::size_t size_ = 0;
};

/// A JSON text. C++ has no JSON of its own, so data of that shape go in and out as text, for whichever library you use:
/// `Json{document.dump()}`, and `parse(json.text)`. Numbers stay exactly as they are written. An empty text counts as absent.
struct Json {
    /// The text, UTF-8.
    std::string text{};

    /// Whether the texts are the same.
    friend bool operator==(const Json &left, const Json &right) noexcept { return left.text == right.text; }
    /// Whether the texts differ.
    friend bool operator!=(const Json &left, const Json &right) noexcept { return !(left == right); }
};

/// A single value: null, boolean, text, whole number, decimal number, bytes or JSON (an object or array).
///
/// Whole and decimal numbers stay apart, because rules depend on it: 2.0 is a decimal.
using FieldValue = std::variant<std::monostate, bool, std::string, std::int64_t, double, std::vector<std::uint8_t>, Json>;

/// A body. It borrows content type and bytes.
struct Body {
    /// MIME type, for instance "application/json;charset=UTF-8"; empty where it is not known.
    std::string_view content_type{};
    /// The bytes. Absent is a missing body, which differs from an empty one.
    std::optional<ByteView> content{};
    /// Whether they are text or binary.
    Hint hint = Hint::by_content_type;
};

/// What a plugin stored in the pact file when the interaction was configured.
struct PluginConfiguration {
    /// For the interaction: a JSON object.
    std::optional<Json> interaction{};
    /// For the whole pact file: a JSON object.
    std::optional<Json> pact{};
};

// ---- errors ---------------------------------------------------------------------------------------------------------------

/// What an Error tells besides its code and message.
struct ErrorDetails {
    /// Name of the plugin, where one was involved.
    std::optional<std::string> plugin_name{};
    /// Version of the plugin, where one was involved.
    std::optional<std::string> plugin_version{};
    /// Operation of the plugin interface, for instance "compare-contents", where it was one.
    std::optional<std::string> operation{};
    /// WebAssembly functions that were active, innermost first, one a line; where the plugin crashed or was stopped.
    std::optional<std::string> backtrace{};
};

/// Why a call failed. what() says what was attempted, on which plugin, why it failed and what to do. Copies share their
/// contents.
class Error : public std::runtime_error {
public:
    /// An error of one's own, for instance in tests.
    Error(Code code, const std::string &message, ErrorDetails details = {})
        : std::runtime_error(message), code_(code), details_(std::make_shared<const ErrorDetails>(std::move(details))) {}

    /// What kind of error it is.
    Code code() const noexcept { return code_; }
    /// Name of the plugin, where one was involved.
    const std::optional<std::string> &plugin_name() const noexcept { return details_->plugin_name; }
    /// Version of the plugin, where one was involved.
    const std::optional<std::string> &plugin_version() const noexcept { return details_->plugin_version; }
    /// Operation of the plugin interface, for instance "compare-contents", where it was one.
    const std::optional<std::string> &operation() const noexcept { return details_->operation; }
    /// WebAssembly functions that were active, innermost first, one a line; where the plugin crashed or was stopped.
    const std::optional<std::string> &backtrace() const noexcept { return details_->backtrace; }

private:
    Code code_;
    // Exceptions must not throw when they are copied, as strings might.
    std::shared_ptr<const ErrorDetails> details_;
};

// ---- how this layer calls the library ---------------------------------------------------------------------------------------

namespace detail {

inline void release(PactWasmCancel *handle) noexcept { pactwasm_cancel_free(handle); }
inline void release(PactWasmCatalogue *handle) noexcept { pactwasm_catalogue_free(handle); }
inline void release(PactWasmComparison *handle) noexcept { pactwasm_comparison_free(handle); }
inline void release(PactWasmConfig *handle) noexcept { pactwasm_config_free(handle); }
inline void release(PactWasmContent *handle) noexcept { pactwasm_content_free(handle); }
inline void release(PactWasmData *handle) noexcept { pactwasm_data_free(handle); }
inline void release(PactWasmError *handle) noexcept { pactwasm_error_free(handle); }
inline void release(PactWasmField *handle) noexcept { pactwasm_field_free(handle); }
inline void release(PactWasmHost *handle) noexcept { pactwasm_host_free(handle); }
inline void release(PactWasmInstalled *handle) noexcept { pactwasm_installed_free(handle); }
inline void release(PactWasmInteraction *handle) noexcept { pactwasm_interaction_free(handle); }
inline void release(PactWasmLogs *handle) noexcept { pactwasm_logs_free(handle); }
inline void release(PactWasmMockServer *handle) noexcept { pactwasm_mock_server_free(handle); }
inline void release(PactWasmOutcome *handle) noexcept { pactwasm_outcome_free(handle); }
inline void release(PactWasmPlugin *handle) noexcept { pactwasm_plugin_free(handle); }

struct Release {
    template <class C>
    void operator()(C *handle) const noexcept {
        release(handle);
    }
};

/// A handle of the C API with its only owner.
template <class C>
using Owned = std::unique_ptr<C, Release>;

// To C. Present but empty is a pointer that is not null.

inline PactWasmView to_c(ByteView bytes) noexcept {
    return {bytes.data() == nullptr ? "" : static_cast<const void *>(bytes.data()), bytes.size()};
}

inline PactWasmView to_c(std::string_view text) noexcept { return to_c(ByteView(text)); }

inline PactWasmView to_c(const Json &json) noexcept { return to_c(ByteView(json.text)); }

template <class T>
PactWasmView to_c(const std::optional<T> &value) noexcept {
    return value ? to_c(*value) : PactWasmView{};
}

inline PactWasmBody to_c(const Body &body) noexcept {
    return {to_c(body.content_type), to_c(body.content), static_cast<std::int32_t>(body.hint)};
}

inline PactWasmPluginConfiguration to_c(const PluginConfiguration &configuration) noexcept {
    return {to_c(configuration.interaction), to_c(configuration.pact)};
}

/// Puts the value where its kind says.
struct FieldValueWriter {
    PactWasmFieldValue &value;

    void operator()(std::monostate) const noexcept {}
    void operator()(bool boolean) const noexcept { value.boolean = boolean ? 1 : 0; }
    void operator()(const std::string &text) const noexcept { value.data = to_c(std::string_view(text)); }
    void operator()(std::int64_t integer) const noexcept { value.integer = integer; }
    void operator()(double decimal) const noexcept { value.decimal = decimal; }
    void operator()(const std::vector<std::uint8_t> &bytes) const noexcept { value.data = to_c(ByteView(bytes)); }
    void operator()(const Json &json) const noexcept { value.data = to_c(json); }
};

template <std::int32_t kind, class T>
inline constexpr bool is_kind = std::is_same_v<std::variant_alternative_t<static_cast<std::size_t>(kind), FieldValue>, T>;

static_assert(is_kind<PACTWASM_VALUE_NULL, std::monostate> && is_kind<PACTWASM_VALUE_BOOLEAN, bool> &&
                  is_kind<PACTWASM_VALUE_TEXT, std::string> && is_kind<PACTWASM_VALUE_INTEGER, std::int64_t> &&
                  is_kind<PACTWASM_VALUE_DECIMAL, double> && is_kind<PACTWASM_VALUE_BYTES, std::vector<std::uint8_t>> &&
                  is_kind<PACTWASM_VALUE_JSON, Json>,
              "the alternatives of FieldValue are in the order of the kinds");

inline PactWasmFieldValue to_c(const FieldValue &value) noexcept {
    PactWasmFieldValue written{};
    written.kind = static_cast<std::int32_t>(value.index());
    std::visit(FieldValueWriter{written}, value);
    return written;
}

inline std::string utf8(const std::filesystem::path &path) {
    const auto text = path.u8string();  // std::u8string since C++20
    return {text.begin(), text.end()};
}

// From C.

inline std::string_view text(PactWasmView view) noexcept { return {static_cast<const char *>(view.data), view.len}; }

inline std::optional<std::string_view> optional_text(PactWasmView view) noexcept {
    return view.data == nullptr ? std::nullopt : std::optional(text(view));
}

inline std::optional<std::string> optional_string(PactWasmView view) {
    return view.data == nullptr ? std::nullopt : std::optional<std::string>(text(view));
}

inline std::optional<ByteView> optional_bytes(PactWasmView view) noexcept {
    return view.data == nullptr ? std::nullopt : std::optional<ByteView>(std::in_place, view.data, view.len);
}

inline Json json(PactWasmView view) { return {std::string(text(view))}; }

inline std::optional<Json> optional_json(PactWasmView view) {
    return view.data == nullptr ? std::nullopt : std::optional(json(view));
}

inline Body from_c(const PactWasmBody &body) noexcept {
    return {text(body.content_type), optional_bytes(body.content), static_cast<Hint>(body.hint)};
}

inline PluginConfiguration from_c(const PactWasmPluginConfiguration &configuration) {
    return {optional_json(configuration.interaction_json), optional_json(configuration.pact_json)};
}

inline FieldValue from_c(const PactWasmFieldValue &value) {
    switch (value.kind) {
        case PACTWASM_VALUE_NULL: return std::monostate{};
        case PACTWASM_VALUE_BOOLEAN: return value.boolean != 0;
        case PACTWASM_VALUE_TEXT: return std::string(text(value.data));
        case PACTWASM_VALUE_INTEGER: return value.integer;
        case PACTWASM_VALUE_DECIMAL: return value.decimal;
        case PACTWASM_VALUE_BYTES: return ByteView(value.data.data, value.data.len).to_vector();
        case PACTWASM_VALUE_JSON: return json(value.data);
        default: throw Error(Code::incompatible, "the library gave a value of the unknown kind " + std::to_string(value.kind));
    }
}

/// A text as JSON.
inline std::string json_string(std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string json = "\"";
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte < 0x20) {
            json += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
        } else {
            if (character == '"' || character == '\\') {
                json += '\\';
            }
            json += character;
        }
    }
    return json += '"';
}

/// The lines of a JSON array of texts, as the library writes it: what is no control character stands as it is.
inline std::vector<std::string> lines(std::string_view json) {
    std::vector<std::string> read;
    bool inside = false;
    for (std::size_t index = 0; index < json.size(); ++index) {
        if (json[index] == '"') {
            inside = !inside;
            if (inside) {
                read.emplace_back();
            }
        } else if (inside && json[index] == '\\' && index + 1 < json.size()) {
            static constexpr std::string_view letters = "bfnrt", meant = "\b\f\n\r\t";
            const char escaped = json[++index];
            const std::size_t letter = letters.find(escaped);
            if (escaped == 'u') {
                read.back() += static_cast<char>(std::strtol(std::string(json.substr(index + 1, 4)).c_str(), nullptr, 16));
                index += 4;
            } else {
                read.back() += letter == std::string_view::npos ? escaped : meant[letter];
            }
        } else if (inside) {
            read.back() += json[index];
        }
    }
    return read;
}

/// A struct that begins with its size.
template <class C>
C sized() noexcept {
    C record{};
    record.size = sizeof(C);
    return record;
}

[[noreturn]] inline void throw_error(PactWasmError *raw) {
    const Owned<PactWasmError> error(raw);
    auto info = sized<PactWasmErrorInfo>();
    pactwasm_error_get(error.get(), &info, nullptr);
    throw Error(static_cast<Code>(info.code), std::string(text(info.message)),
                {optional_string(info.plugin_name), optional_string(info.plugin_version), optional_string(info.operation),
                 optional_string(info.backtrace)});
}

/// Calls a function of the C API, whose last argument is the error, and throws that.
template <class Function, class... Arguments>
void call(Function *function, Arguments... arguments) {
    PactWasmError *error = nullptr;
    if (function(arguments..., &error) != PACTWASM_OK) {
        throw_error(error);
    }
}

/// Calls a function that makes a handle.
template <class C, class Function, class... Arguments>
Owned<C> make(Function *function, Arguments... arguments) {
    C *made = nullptr;
    call(function, arguments..., &made);
    return Owned<C>(made);
}

/// Calls a function that fills a record.
template <class Record, class Function, class... Arguments>
Record filled(Record record, Function *function, Arguments... arguments) {
    call(function, arguments..., &record);
    return record;
}

/// Calls a function that makes a JSON text.
template <class Function, class... Arguments>
Json make_json(Function *function, Arguments... arguments) {
    PactWasmBytes bytes{};
    call(function, arguments..., &bytes);
    const std::unique_ptr<PactWasmBytes, void (*)(PactWasmBytes *)> owner(&bytes, pactwasm_bytes_free);
    return {std::string(ByteView(bytes.data, bytes.len).text())};
}

/// Refuses to work with a library that this header does not describe.
inline void check_abi() {
    [[maybe_unused]] static const bool fits = [] {
        const std::uint32_t version = pactwasm_abi_version();
        if (version != PACTWASM_ABI_VERSION) {
            throw Error(Code::incompatible, "libpact_wasm " + std::string(pactwasm_version()) + " has version " +
                                                std::to_string(version) +
                                                " of the interface, and this program was compiled for version " +
                                                std::to_string(PACTWASM_ABI_VERSION) +
                                                "; compile it with the headers of the library that is installed");
        }
        return true;
    }();
}

/// A handle that may be closed while other threads use it: each call pins it, and it is freed after the last of them.
template <class C>
class Closable {
public:
    /// `name` is for messages and static.
    Closable(Owned<C> handle, const char *name) : state_(std::make_unique<State>()), name_(name) {
        state_->handle = std::move(handle);
    }

    /// The handle, which stays valid for as long as the result lives.
    std::shared_ptr<C> pin() const {
        std::shared_ptr<C> handle = open_handle();
        if (handle == nullptr) {
            throw Error(Code::wrong_state, std::string("the ") + name_ + " is closed, or was moved to another object");
        }
        return handle;
    }

    bool is_open() const noexcept { return open_handle() != nullptr; }

    void close() noexcept {
        if (state_ != nullptr) {
            std::shared_ptr<C> handle;  // freed after the lock: callbacks that are destroyed with it may call the library
            const std::lock_guard lock(state_->mutex);
            handle.swap(state_->handle);
        }
    }

private:
    struct State {
        std::mutex mutex{};
        std::shared_ptr<C> handle{};
    };

    std::shared_ptr<C> open_handle() const noexcept {
        if (state_ == nullptr) {
            return nullptr;
        }
        const std::lock_guard lock(state_->mutex);
        return state_->handle;
    }

    std::unique_ptr<State> state_;
    const char *name_;
};

/// A result that is a list: the items, and the handle that their views refer to.
template <class Item, class C>
class List {
public:
    /// The type of the items.
    using value_type = Item;
    /// Items cannot be changed.
    using const_iterator = typename std::vector<Item>::const_iterator;

    /// The number of items.
    std::size_t size() const noexcept { return items_.size(); }
    /// Whether there are no items.
    bool empty() const noexcept { return items_.empty(); }
    /// The first item.
    const_iterator begin() const & noexcept { return items_.begin(); }
    /// Behind the last item.
    const_iterator end() const & noexcept { return items_.end(); }
    /// One item; `index` is less than size().
    const Item &operator[](std::size_t index) const & noexcept { return items_[index]; }

    // The items of a temporary would be gone at the end of the statement.
    const_iterator begin() const && = delete;
    const_iterator end() const && = delete;
    const Item &operator[](std::size_t index) const && = delete;

protected:
    /// Reads all items with the functions of the C API for their number and for one of them.
    template <class Record>
    List(Owned<C> handle, std::size_t (*count)(const C *),
         std::int32_t (*get)(const C *, std::size_t, Record *, PactWasmError **), Item (*convert)(const Record &))
        : handle_(std::move(handle)) {
        const std::size_t number = count(handle_.get());
        items_.reserve(number);
        for (std::size_t index = 0; index < number; ++index) {
            items_.push_back(convert(filled(sized<Record>(), get, this->handle(), index)));
        }
    }

    /// Reads all items with a function.
    List(Owned<C> handle, std::vector<Item> (*read)(const C *)) : handle_(std::move(handle)), items_(read(handle_.get())) {}

    const C *handle() const noexcept { return handle_.get(); }

private:
    Owned<C> handle_;
    std::vector<Item> items_{};
};

}  // namespace detail

// ---- the library ------------------------------------------------------------------------------------------------------------

/// Version of the library, for instance "0.1.0".
inline std::string_view version() noexcept { return pactwasm_version(); }

/// Version of the interface of the library that is loaded. Host, Cancel and PactFile refuse one that this header does not
/// describe.
inline std::uint32_t abi_version() noexcept { return pactwasm_abi_version(); }

/// Whether the library has a feature: "crypto", "cache" or "core-rules".
inline bool has_feature(std::string_view feature) noexcept { return pactwasm_has_feature(feature.data(), feature.size()) == 1; }

// ---- calls ------------------------------------------------------------------------------------------------------------------

/// A switch that cancels the calls that it is given to, running and future ones. It stays on once it is on. Copies are the same
/// switch; the last of them frees it.
class Cancel {
public:
    /// A switch that is off.
    Cancel() : handle_(make()) {}

    // Without moving, so that there is always a switch.
    Cancel(const Cancel &) = default;
    Cancel &operator=(const Cancel &) = default;
    ~Cancel() = default;

    /// Ends the calls with Code::cancelled, usually within 20 ms. Returns at once.
    void trigger() const { detail::call(pactwasm_cancel_trigger, native_handle()); }

    /// The handle of the C API, valid for as long as this object.
    const PactWasmCancel *native_handle() const noexcept { return handle_.get(); }

private:
    static std::shared_ptr<PactWasmCancel> make() {
        detail::check_abi();
        return detail::make<PactWasmCancel>(pactwasm_cancel_new);
    }

    std::shared_ptr<PactWasmCancel> handle_;
};

/// Options of one call.
struct CallOptions {
    /// How long it may take, 1 ms to 24 h; absent for the host's limit.
    std::optional<std::chrono::milliseconds> timeout{};
    /// What can cancel it.
    std::optional<Cancel> cancel{};
    /// Marks the log records of this call; where it is absent, "testRunId" of the test context counts, then the host's.
    std::optional<std::string_view> test_run_id{};
};

namespace detail {

/// Milliseconds as the C API has them, where 0 stands for the default and nothing is negative.
inline std::uint64_t positive(std::chrono::milliseconds duration) {
    if (duration.count() < 1) {
        throw Error(Code::invalid_argument,
                    "the timeout is " + std::to_string(duration.count()) + " ms; it must be 1 to 86400000");
    }
    return static_cast<std::uint64_t>(duration.count());
}

inline PactWasmCallOptions to_c(const CallOptions &options) {
    auto written = sized<PactWasmCallOptions>();
    written.timeout_ms = options.timeout ? positive(*options.timeout) : 0;
    written.cancel = options.cancel ? options.cancel->native_handle() : nullptr;
    written.test_run_id = to_c(options.test_run_id);
    return written;
}

}  // namespace detail

/// What a plugin makes a body of.
struct ConfigureRequest {
    /// MIME type of the body.
    std::string_view content_type{};
    /// What the test author wrote: a JSON object.
    Json contents_config{};
    /// From the test framework: a JSON object.
    std::optional<Json> test_context{};
};

/// Two bodies to compare.
struct CompareRequest {
    /// What the pact says.
    Body expected{};
    /// What came.
    Body actual{};
    /// Whether the actual body may hold keys that the expected one does not.
    bool allow_unexpected_keys = false;
    /// Matching rules by path expression: a JSON object such as {"$.a":[{"type":"regex","values":{"regex":"\\d+"}}]}.
    std::optional<Json> rules{};
    /// From the pact file.
    PluginConfiguration plugin_configuration{};
    /// From the test framework: a JSON object.
    std::optional<Json> test_context{};
};

/// A body to apply generators to.
struct GenerateRequest {
    /// The body to start from.
    Body body{};
    /// Generators by path expression: a JSON object such as {"$.id":{"type":"Uuid"}}.
    std::optional<Json> generators{};
    /// From the pact file.
    PluginConfiguration plugin_configuration{};
    /// From the test framework: a JSON object.
    std::optional<Json> test_context{};
    /// Which side is being tested.
    TestMode test_mode = TestMode::unknown;
    /// What the body is for.
    ContentFor content_for = ContentFor::request;
};

/// A value to apply a matching rule to.
struct MatchFieldRequest {
    /// Key of the catalogue entry, required.
    std::string_view key{};
    /// Type of the matching rule, required.
    std::string_view rule_type{};
    /// Configuration of the rule: a JSON object.
    std::optional<Json> rule_values{};
    /// Where the value is: a path expression; may be empty.
    std::string_view path{};
    /// In which part of request or response it is.
    Source source = Source::body;
    /// What the pact says.
    FieldValue expected{};
    /// What came.
    FieldValue actual{};
    /// From the pact file.
    PluginConfiguration plugin_configuration{};
    /// From the test framework: a JSON object.
    std::optional<Json> test_context{};
};

/// A value to generate.
struct GenerateFieldRequest {
    /// Key of the catalogue entry, required.
    std::string_view key{};
    /// Type of the generator, required.
    std::string_view generator_type{};
    /// Configuration of the generator: a JSON object.
    std::optional<Json> generator_values{};
    /// Where the value goes: a path expression; may be empty.
    std::string_view path{};
    /// The value that the test author gave.
    FieldValue example{};
    /// From the pact file.
    PluginConfiguration plugin_configuration{};
    /// From the test framework: a JSON object.
    std::optional<Json> test_context{};
    /// Which side is being tested.
    TestMode test_mode = TestMode::unknown;
};

/// An interaction as a transport takes it. A value, which owns its texts. Interaction::for_transport makes one of what a plugin
/// has set up; one that is in a pact file already is filled by hand.
struct InteractionContents {
    /// Its type.
    InteractionType type = InteractionType::synchronous_http;
    /// From the pact file.
    PluginConfiguration plugin_configuration{};
    /// Name of the consumer; may be empty.
    std::string consumer{};
    /// Name of the provider; may be empty.
    std::string provider{};
};

/// A mock server to start.
struct StartRequest {
    /// What the server is to expect.
    std::vector<InteractionContents> interactions{};
    /// Interface to listen on, for instance "127.0.0.1" or "[::1]"; empty for loopback. Other ones must be granted, see
    /// HostOptions::grants.
    std::string_view host_interface{};
    /// Port to listen on; 0 for any that is free.
    std::uint16_t port = 0;
    /// Whether the server is to speak TLS.
    bool tls = false;
    /// From the test framework: a JSON object.
    std::optional<Json> test_context{};
};

/// One piece of metadata: JSON of any kind, such as Json{"\"Bearer x\""}, or bytes.
using MetadataValue = std::variant<Json, std::vector<std::uint8_t>>;

/// What is sent to a provider, or came from it. It borrows the body, and owns the metadata.
struct InteractionData {
    /// The body.
    std::optional<Body> body{};
    /// The metadata by name.
    std::map<std::string, MetadataValue> metadata{};
};

/// An interaction to verify a provider with, and what has to be known for building its request.
struct PrepareRequest {
    /// The interaction.
    InteractionContents interaction{};
    /// What the user configured for the verification: a JSON object.
    std::optional<Json> config{};
    /// From the test framework: a JSON object.
    std::optional<Json> test_context{};
};

/// What to verify a provider with.
struct VerifyRequest {
    /// What to send: as PreparedInteraction::data gives it, or changed.
    InteractionData data{};
    /// The interaction.
    InteractionContents interaction{};
    /// What the user configured for the verification, such as where the provider is: a JSON object.
    std::optional<Json> config{};
    /// From the test framework: a JSON object.
    std::optional<Json> test_context{};
};

namespace detail {

inline PactWasmConfigureRequest to_c(const ConfigureRequest &request) noexcept {
    auto written = sized<PactWasmConfigureRequest>();
    written.content_type = to_c(request.content_type);
    written.contents_config_json = to_c(request.contents_config);
    written.test_context_json = to_c(request.test_context);
    return written;
}

inline PactWasmCompareRequest to_c(const CompareRequest &request) noexcept {
    auto written = sized<PactWasmCompareRequest>();
    written.expected = to_c(request.expected);
    written.actual = to_c(request.actual);
    written.allow_unexpected_keys = request.allow_unexpected_keys ? 1 : 0;
    written.rules_json = to_c(request.rules);
    written.plugin_configuration = to_c(request.plugin_configuration);
    written.test_context_json = to_c(request.test_context);
    return written;
}

inline CompareRequest from_c(const PactWasmCompareRequest &request) {
    CompareRequest read;
    read.expected = from_c(request.expected);
    read.actual = from_c(request.actual);
    read.allow_unexpected_keys = request.allow_unexpected_keys != 0;
    read.rules = optional_json(request.rules_json);
    read.plugin_configuration = from_c(request.plugin_configuration);
    read.test_context = optional_json(request.test_context_json);
    return read;
}

inline PactWasmGenerateRequest to_c(const GenerateRequest &request) noexcept {
    auto written = sized<PactWasmGenerateRequest>();
    written.body = to_c(request.body);
    written.generators_json = to_c(request.generators);
    written.plugin_configuration = to_c(request.plugin_configuration);
    written.test_context_json = to_c(request.test_context);
    written.test_mode = static_cast<std::int32_t>(request.test_mode);
    written.content_for = static_cast<std::int32_t>(request.content_for);
    return written;
}

inline GenerateRequest from_c(const PactWasmGenerateRequest &request) {
    GenerateRequest read;
    read.body = from_c(request.body);
    read.generators = optional_json(request.generators_json);
    read.plugin_configuration = from_c(request.plugin_configuration);
    read.test_context = optional_json(request.test_context_json);
    read.test_mode = static_cast<TestMode>(request.test_mode);
    read.content_for = static_cast<ContentFor>(request.content_for);
    return read;
}

inline PactWasmMatchFieldRequest to_c(const MatchFieldRequest &request) noexcept {
    auto written = sized<PactWasmMatchFieldRequest>();
    written.key = to_c(request.key);
    written.rule_type = to_c(request.rule_type);
    written.rule_values_json = to_c(request.rule_values);
    written.path = to_c(request.path);
    written.source = static_cast<std::int32_t>(request.source);
    written.expected = to_c(request.expected);
    written.actual = to_c(request.actual);
    written.plugin_configuration = to_c(request.plugin_configuration);
    written.test_context_json = to_c(request.test_context);
    return written;
}

inline MatchFieldRequest from_c(const PactWasmMatchFieldRequest &request) {
    MatchFieldRequest read;
    read.key = text(request.key);
    read.rule_type = text(request.rule_type);
    read.rule_values = optional_json(request.rule_values_json);
    read.path = text(request.path);
    read.source = static_cast<Source>(request.source);
    read.expected = from_c(request.expected);
    read.actual = from_c(request.actual);
    read.plugin_configuration = from_c(request.plugin_configuration);
    read.test_context = optional_json(request.test_context_json);
    return read;
}

inline PactWasmGenerateFieldRequest to_c(const GenerateFieldRequest &request) noexcept {
    auto written = sized<PactWasmGenerateFieldRequest>();
    written.key = to_c(request.key);
    written.generator_type = to_c(request.generator_type);
    written.generator_values_json = to_c(request.generator_values);
    written.path = to_c(request.path);
    written.example = to_c(request.example);
    written.plugin_configuration = to_c(request.plugin_configuration);
    written.test_context_json = to_c(request.test_context);
    written.test_mode = static_cast<std::int32_t>(request.test_mode);
    return written;
}

inline GenerateFieldRequest from_c(const PactWasmGenerateFieldRequest &request) {
    GenerateFieldRequest read;
    read.key = text(request.key);
    read.generator_type = text(request.generator_type);
    read.generator_values = optional_json(request.generator_values_json);
    read.path = text(request.path);
    read.example = from_c(request.example);
    read.plugin_configuration = from_c(request.plugin_configuration);
    read.test_context = optional_json(request.test_context_json);
    read.test_mode = static_cast<TestMode>(request.test_mode);
    return read;
}

inline std::string_view type_name(InteractionType type) {
    switch (type) {
        case InteractionType::synchronous_http: return "Synchronous/HTTP";
        case InteractionType::asynchronous_messages: return "Asynchronous/Messages";
        case InteractionType::synchronous_messages: return "Synchronous/Messages";
    }
    throw Error(Code::invalid_argument,
                "the type of an interaction is " + std::to_string(static_cast<int>(type)) + ", which is no InteractionType");
}

/// Adds a member to the inside of a JSON object, if it has a value.
inline void add_member(std::string &members, std::string_view name, std::string_view json) {
    if (!json.empty()) {
        members.append(members.empty() ? "" : ",").append(json_string(name)).append(":").append(json);
    }
}

inline std::string_view text_of(const std::optional<Json> &json) noexcept { return json ? json->text : std::string_view(); }

inline std::string to_json(const InteractionContents &contents) {
    std::string configuration;
    add_member(configuration, "interactionConfiguration", text_of(contents.plugin_configuration.interaction));
    add_member(configuration, "pactConfiguration", text_of(contents.plugin_configuration.pact));
    std::string members;
    add_member(members, "interactionType", json_string(type_name(contents.type)));
    add_member(members, "pluginConfiguration", configuration.empty() ? configuration : "{" + configuration + "}");
    add_member(members, "consumer", json_string(contents.consumer));
    add_member(members, "provider", json_string(contents.provider));
    return "{" + members + "}";
}

inline std::string to_json(const std::vector<InteractionContents> &interactions) {
    std::string json;
    for (const InteractionContents &interaction : interactions) {
        json.append(json.empty() ? "" : ",").append(to_json(interaction));
    }
    return "[" + json + "]";
}

// What the structs of C refer to beside the request has to live as long as they do: JSON that was made of it, and an array.

inline PactWasmStartRequest to_c(const StartRequest &request, const std::string &interactions) noexcept {
    auto written = sized<PactWasmStartRequest>();
    written.host_interface = to_c(request.host_interface);
    written.port = request.port;
    written.tls = request.tls ? 1 : 0;
    written.interactions_json = to_c(ByteView(interactions));
    written.test_context_json = to_c(request.test_context);
    return written;
}

inline PactWasmPrepareRequest to_c(const PrepareRequest &request, const std::string &interaction) noexcept {
    auto written = sized<PactWasmPrepareRequest>();
    written.interaction_json = to_c(ByteView(interaction));
    written.config_json = to_c(request.config);
    written.test_context_json = to_c(request.test_context);
    return written;
}

inline std::vector<PactWasmMetadata> to_c(const std::map<std::string, MetadataValue> &metadata) {
    std::vector<PactWasmMetadata> written;
    written.reserve(metadata.size());
    for (const auto &[name, value] : metadata) {
        const auto *const json = std::get_if<Json>(&value);
        const auto *const bytes = std::get_if<std::vector<std::uint8_t>>(&value);
        written.push_back({to_c(ByteView(name)), json == nullptr ? PactWasmView{} : to_c(*json),
                           bytes == nullptr ? PactWasmView{} : to_c(ByteView(*bytes))});
    }
    return written;
}

inline PactWasmVerifyRequest to_c(const VerifyRequest &request, const std::string &interaction,
                                  const std::vector<PactWasmMetadata> &metadata) noexcept {
    auto written = sized<PactWasmVerifyRequest>();
    written.data = {request.data.body ? to_c(*request.data.body) : PactWasmBody{}, metadata.data(), metadata.size()};
    written.interaction_json = to_c(ByteView(interaction));
    written.config_json = to_c(request.config);
    written.test_context_json = to_c(request.test_context);
    return written;
}

}  // namespace detail

// ---- results ----------------------------------------------------------------------------------------------------------------

/// One mismatch.
struct Mismatch {
    /// Path expression under which the plugin lists it.
    std::string_view expression{};
    /// Where it is: usually the same as `expression`, or more precise.
    std::string_view path{};
    /// What is wrong, for people.
    std::string_view description{};
    /// Expected value, usually text; absent where nothing was expected.
    std::optional<ByteView> expected{};
    /// Actual value, usually text; absent where there was none.
    std::optional<ByteView> actual{};
    /// A rendered difference.
    std::optional<std::string_view> diff{};
    /// "body", "header", "metadata", …
    std::optional<std::string_view> mismatch_type{};
};

/// One part of an interaction.
struct InteractionPart {
    /// "request", "response", or empty where there is only one part.
    std::string_view part_name{};
    /// The body.
    std::optional<Body> body{};
    /// Matching rules for the body by path expression, a JSON object as in CompareRequest.
    Json rules{};
    /// Generators for the body by path expression, a JSON object as in GenerateRequest.
    Json generators{};
    /// Metadata for a message: a JSON object.
    std::optional<Json> message_metadata{};
    /// Matching rules for the metadata, a JSON object.
    Json metadata_rules{};
    /// Generators for the metadata, a JSON object.
    Json metadata_generators{};
    /// What to store in the pact file for this part.
    PluginConfiguration plugin_configuration{};
    /// A rendering for people; may be empty.
    std::string_view markup{};
    /// The language of the rendering.
    Markup markup_type = Markup::common_mark;
};

/// What one request to a mock server amounted to, or an interaction that did not come.
struct MockServerResult {
    /// What the request was for, as the plugin names it; may be empty.
    std::string_view path{};
    /// What kept the request from being compared; empty where nothing did. A server that crashed, or was stopped for going over
    /// a limit, says so here.
    std::string_view error{};
    /// How the request differs from what was expected.
    std::vector<Mismatch> mismatches{};
};

/// One thing that went wrong in a verification: an error or a mismatch.
struct VerificationFailure {
    /// What kept the answer from being compared; empty where there is a mismatch.
    std::string_view error{};
    /// How the answer differs from what was expected.
    std::optional<Mismatch> mismatch{};
};

/// One log record.
struct LogRecord {
    /// How important it is.
    Level level = Level::info;
    /// Part of the plugin that speaks; "stdout" or "stderr" for a line that it printed.
    std::string_view target{};
    /// The text.
    std::string_view message{};
    /// Name of the plugin.
    std::string_view plugin_name{};
    /// UUID of the loaded plugin, as in PluginInfo.
    std::string_view plugin_instance_id{};
    /// Test run that the call belongs to, where somebody named one.
    std::optional<std::string_view> test_run_id{};
    /// When it was written.
    std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds> time{};
};

/// One catalogue entry.
struct CatalogueEntry {
    /// Full key: `core/<entry type>/<key>`, or `plugin/<plugin name>/<entry type>/<key>`.
    std::string_view key{};
    /// Name of the plugin; absent for what the host does itself.
    std::optional<std::string_view> plugin_name{};
    /// "content-matcher", "content-generator", "transport", "matcher", "interaction" or "generator".
    std::string_view entry_type{};
    /// A JSON object of texts, for instance {"content-types":"application/jwt"}.
    Json values{};
};

/// One installed plugin, or a directory whose manifest cannot be used.
struct InstalledPlugin {
    /// Directory that holds the manifest.
    std::string_view directory{};
    /// Name of the plugin, if the manifest can be used.
    std::optional<std::string_view> name{};
    /// Version of the plugin, if the manifest can be used.
    std::optional<std::string_view> version{};
    /// "wasm" for what this library runs, otherwise for instance "exec"; if the manifest can be used.
    std::optional<std::string_view> executable_type{};
    /// Why the manifest cannot be used; absent if it can.
    std::optional<std::string_view> problem{};
};

/// What is known about a plugin. A copy, which owns its texts.
struct PluginInfo {
    /// Name, from its manifest.
    std::string name{};
    /// Version, from its manifest.
    std::string version{};
    /// Directory that holds its manifest.
    std::string directory{};
    /// UUID of this loaded plugin; it marks its log records.
    std::string instance_id{};
    /// JSON array of the roles that its component fills, for instance ["content-matcher","content-generator"].
    Json roles{};
    /// JSON array of the capabilities that it declared at init; absent before that.
    std::optional<Json> capabilities{};
};

namespace detail {

inline PactWasmMismatch to_c(const Mismatch &mismatch) noexcept {
    auto written = sized<PactWasmMismatch>();
    written.expression = to_c(mismatch.expression);
    written.path = to_c(mismatch.path);
    written.description = to_c(mismatch.description);
    written.expected = to_c(mismatch.expected);
    written.actual = to_c(mismatch.actual);
    written.diff = to_c(mismatch.diff);
    written.mismatch_type = to_c(mismatch.mismatch_type);
    return written;
}

inline Mismatch read_mismatch(const PactWasmMismatch &mismatch) {
    return {text(mismatch.expression),
            text(mismatch.path),
            text(mismatch.description),
            optional_bytes(mismatch.expected),
            optional_bytes(mismatch.actual),
            optional_text(mismatch.diff),
            optional_text(mismatch.mismatch_type)};
}

inline InteractionPart read_part(const PactWasmInteractionPart &part) {
    InteractionPart read;
    read.part_name = text(part.part_name);
    if (part.body.content_type.data != nullptr) {
        read.body = from_c(part.body);
    }
    read.rules = json(part.rules_json);
    read.generators = json(part.generators_json);
    read.message_metadata = optional_json(part.message_metadata_json);
    read.metadata_rules = json(part.metadata_rules_json);
    read.metadata_generators = json(part.metadata_generators_json);
    read.plugin_configuration = from_c(part.plugin_configuration);
    read.markup = text(part.markup);
    read.markup_type = static_cast<Markup>(part.markup_type);
    return read;
}

inline LogRecord read_record(const PactWasmLogRecord &record) {
    LogRecord read;
    read.level = static_cast<Level>(record.level);
    read.target = text(record.target);
    read.message = text(record.message);
    read.plugin_name = text(record.plugin_name);
    read.plugin_instance_id = text(record.plugin_instance_id);
    read.test_run_id = optional_text(record.test_run_id);
    read.time += std::chrono::milliseconds(record.timestamp_ms);
    return read;
}

inline CatalogueEntry read_entry(const PactWasmCatalogueEntry &entry) {
    return {text(entry.key), optional_text(entry.plugin_name), text(entry.entry_type), json(entry.values_json)};
}

inline std::vector<Mismatch> read_mismatches(const PactWasmOutcome *outcome, std::size_t index, std::size_t count) {
    std::vector<Mismatch> read;
    read.reserve(count);
    for (std::size_t number = 0; number < count; ++number) {
        read.push_back(read_mismatch(filled(sized<PactWasmMismatch>(), pactwasm_outcome_mismatch, outcome, index, number)));
    }
    return read;
}

inline std::vector<MockServerResult> read_results(const PactWasmOutcome *outcome) {
    const std::size_t count = filled(sized<PactWasmOutcomeInfo>(), pactwasm_outcome_info, outcome).count;
    std::vector<MockServerResult> read;
    read.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
        const auto result = filled(sized<PactWasmResult>(), pactwasm_outcome_get, outcome, index);
        read.push_back({text(result.path), text(result.error), read_mismatches(outcome, index, result.mismatch_count)});
    }
    return read;
}

inline std::vector<VerificationFailure> read_failures(const PactWasmOutcome *outcome) {
    std::vector<VerificationFailure> read;
    for (const MockServerResult &result : read_results(outcome)) {
        read.push_back(
            {result.error, result.mismatches.empty() ? std::nullopt : std::optional<Mismatch>(result.mismatches.front())});
    }
    return read;
}

inline InteractionData read_data(const PactWasmData *data) {
    const auto view = filled(PactWasmInteractionData{}, pactwasm_data_get, data);
    InteractionData read;
    if (view.body.content_type.data != nullptr || view.body.content.data != nullptr) {
        read.body = from_c(view.body);
    }
    for (std::size_t index = 0; index < view.metadata_count; ++index) {
        const PactWasmMetadata &piece = view.metadata[index];
        auto &value = read.metadata[std::string(text(piece.name))];
        if (piece.json.data != nullptr) {
            value = json(piece.json);
        } else {
            value = ByteView(piece.bytes.data, piece.bytes.len).to_vector();
        }
    }
    return read;
}

inline InstalledPlugin read_installed(const PactWasmInstalledPlugin &plugin) {
    return {text(plugin.directory), optional_text(plugin.name), optional_text(plugin.version),
            optional_text(plugin.executable_type), optional_text(plugin.problem)};
}

}  // namespace detail

/// The verdict on a body or a single value: a list of mismatches.
class Comparison : public detail::List<Mismatch, PactWasmComparison> {
public:
    /// Takes over a result of the C API.
    explicit Comparison(detail::Owned<PactWasmComparison> handle)
        : List(std::move(handle), pactwasm_comparison_count, pactwasm_comparison_get, detail::read_mismatch),
          verdict_(static_cast<Verdict>(detail::filled(std::int32_t{}, pactwasm_comparison_verdict, this->handle()))) {}

    /// The verdict.
    Verdict verdict() const noexcept { return verdict_; }
    /// Whether body or value match.
    bool matches() const noexcept { return verdict_ == Verdict::match; }

private:
    Verdict verdict_;
};

/// An interaction as a plugin set it up: a list of one or more parts. PactFile puts it into a pact file.
class Interaction : public detail::List<InteractionPart, PactWasmInteraction> {
public:
    /// Takes over a result of the C API.
    explicit Interaction(detail::Owned<PactWasmInteraction> handle)
        : List(std::move(handle), pactwasm_interaction_count, pactwasm_interaction_get, detail::read_part),
          configuration_(detail::from_c(
              detail::filled(PactWasmPluginConfiguration{}, pactwasm_interaction_configuration, this->handle()))) {}

    /// What the plugin wants stored for the interaction as a whole, beside that of its parts.
    const PluginConfiguration &configuration() const & noexcept { return configuration_; }
    const PluginConfiguration &configuration() const && = delete;

    /// The interaction for a mock server or a verification by the plugin that has set it up, with what the plugin wants stored
    /// in the pact file.
    ///
    /// Fails with Code::invalid_argument if parts, or a part and the whole, want different things stored; put them together then
    /// as the transport takes them, in InteractionContents::plugin_configuration.
    InteractionContents for_transport(InteractionType type, std::string consumer = {}, std::string provider = {}) const {
        check_is_here();
        PluginConfiguration stored = configuration_;
        for (const InteractionPart &part : *this) {
            add(stored.interaction, part.plugin_configuration.interaction);
            add(stored.pact, part.plugin_configuration.pact);
        }
        return {type, std::move(stored), std::move(consumer), std::move(provider)};
    }

    /// The handle of the C API, valid for as long as this object; null if it was moved from.
    const PactWasmInteraction *native_handle() const noexcept { return handle(); }

private:
    friend class PactFile;

    void check_is_here() const {
        if (handle() == nullptr) {
            throw Error(Code::wrong_state, "the interaction was moved to another object");
        }
    }

    static void add(std::optional<Json> &stored, const std::optional<Json> &more) {
        if (stored && more && *stored != *more) {
            throw Error(Code::invalid_argument, "the parts of the interaction have different plugin configurations: " +
                                                    stored->text + " and " + more->text);
        }
        stored = stored ? stored : more;
    }

    PluginConfiguration configuration_;
};

/// A generated body.
class Content {
public:
    /// Takes over a result of the C API.
    explicit Content(detail::Owned<PactWasmContent> handle)
        : handle_(std::move(handle)),
          body_(detail::from_c(detail::filled(PactWasmBody{}, pactwasm_content_get, handle_.get()))) {}

    /// The body, valid for as long as this object.
    const Body &body() const & noexcept { return body_; }
    const Body &body() const && = delete;

private:
    detail::Owned<PactWasmContent> handle_;
    Body body_;
};

/// What a mock server has seen: a list of what went wrong.
class MockServerResults : public detail::List<MockServerResult, PactWasmOutcome> {
public:
    /// Takes over a result of the C API.
    explicit MockServerResults(detail::Owned<PactWasmOutcome> handle)
        : List(std::move(handle), detail::read_results),
          ok_(detail::filled(detail::sized<PactWasmOutcomeInfo>(), pactwasm_outcome_info, this->handle()).ok != 0) {}

    /// Whether everything that was expected came, and nothing else.
    bool ok() const noexcept { return ok_; }

private:
    bool ok_;
};

/// What to send to a provider, as a plugin has built it.
class PreparedInteraction {
public:
    /// Takes over a result of the C API.
    explicit PreparedInteraction(detail::Owned<PactWasmData> handle)
        : handle_(std::move(handle)), data_(detail::read_data(handle_.get())) {}

    /// Body and metadata; the body is valid for as long as this object. Change a copy before it is sent, for instance to add a
    /// token.
    const InteractionData &data() const & noexcept { return data_; }
    const InteractionData &data() const && = delete;

private:
    detail::Owned<PactWasmData> handle_;
    InteractionData data_;
};

/// How a verification ended: a list of what went wrong.
class Verification : public detail::List<VerificationFailure, PactWasmOutcome> {
public:
    /// Takes over results of the C API; `response` may be null.
    Verification(detail::Owned<PactWasmOutcome> handle, detail::Owned<PactWasmData> response)
        : List(std::move(handle), detail::read_failures), response_handle_(std::move(response)) {
        const auto info = detail::filled(detail::sized<PactWasmOutcomeInfo>(), pactwasm_outcome_info, this->handle());
        success_ = info.ok != 0;
        output_ = detail::lines(detail::text(info.output_json));
        if (response_handle_ != nullptr) {
            response_ = detail::read_data(response_handle_.get());
        }
    }

    /// Whether the provider's answer is as the interaction says.
    bool success() const noexcept { return success_; }
    /// Lines to show to the user.
    const std::vector<std::string> &output() const & noexcept { return output_; }
    const std::vector<std::string> &output() const && = delete;
    /// What the provider answered, as far as the plugin tells; its body is valid for as long as this object.
    const std::optional<InteractionData> &response() const & noexcept { return response_; }
    const std::optional<InteractionData> &response() const && = delete;

private:
    detail::Owned<PactWasmData> response_handle_;
    bool success_ = false;
    std::vector<std::string> output_{};
    std::optional<InteractionData> response_{};
};

/// Log records of a plugin, oldest first, as they were when they were asked for.
class Logs : public detail::List<LogRecord, PactWasmLogs> {
public:
    /// Takes over a result of the C API.
    explicit Logs(detail::Owned<PactWasmLogs> handle)
        : List(std::move(handle), pactwasm_logs_count, pactwasm_logs_get, detail::read_record) {}
};

/// Catalogue entries.
class Catalogue : public detail::List<CatalogueEntry, PactWasmCatalogue> {
public:
    /// Takes over a result of the C API.
    explicit Catalogue(detail::Owned<PactWasmCatalogue> handle)
        : List(std::move(handle), pactwasm_catalogue_count, pactwasm_catalogue_get, detail::read_entry) {}
};

/// What is installed in a plugin directory: first the usable plugins by name and rising version, then those that are not.
class InstalledPlugins : public detail::List<InstalledPlugin, PactWasmInstalled> {
public:
    /// Takes over a result of the C API.
    explicit InstalledPlugins(detail::Owned<PactWasmInstalled> handle)
        : List(std::move(handle), pactwasm_installed_count, pactwasm_installed_get, detail::read_installed) {}
};

// ---- handlers ---------------------------------------------------------------------------------------------------------------

/// What a plugin asks of a handler. Everything in it is borrowed for the duration of the handler.
template <class Request>
struct HandlerCall {
    /// Full key of the entry, for instance "core/matcher/vin".
    std::string_view entry_key{};
    /// Name of the plugin that asks.
    std::string_view plugin_name{};
    /// Test run that the plugin's call belongs to, where somebody named one.
    std::optional<std::string_view> test_run_id{};
    /// Time until the deadline of the plugin's call. The handler is not interrupted, but an answer that comes later ends the
    /// plugin's call with Code::deadline.
    std::chrono::milliseconds remaining{};
    /// The request.
    Request request{};
};

/// A plugin compares two bodies.
using CompareCall = HandlerCall<CompareRequest>;
/// A plugin has a body generated.
using GenerateCall = HandlerCall<GenerateRequest>;
/// A plugin applies a rule to a value.
using MatchFieldCall = HandlerCall<MatchFieldRequest>;
/// A plugin has a value generated.
using GenerateFieldCall = HandlerCall<GenerateFieldRequest>;

namespace detail {

/// An answer to fill while the handler runs, from any thread; it copies what it is given.
class Answer {
public:
    explicit Answer(const PactWasmAnswer *handle) noexcept : handle_(handle) {}
    Answer(const Answer &) = delete;
    Answer &operator=(const Answer &) = delete;

protected:
    ~Answer() = default;
    const PactWasmAnswer *handle() const noexcept { return handle_; }

private:
    const PactWasmAnswer *handle_;
};

}  // namespace detail

/// The answer to a MatchFieldCall. Without a mismatch, the value matches.
class MatchAnswer : public detail::Answer {
public:
    using Answer::Answer;

    /// Something does not match. A description is required; where path or expression are empty, it is about the value or body
    /// as a whole.
    void add_mismatch(const Mismatch &mismatch) {
        const PactWasmMismatch written = detail::to_c(mismatch);
        detail::call(pactwasm_answer_add_mismatch, handle(), &written);
    }
};

/// The answer to a CompareCall. Without a mismatch, the bodies match.
class CompareAnswer : public MatchAnswer {
public:
    using MatchAnswer::MatchAnswer;

    /// The actual body is of another content type, so it was not compared. Mismatches do not count then.
    void set_type_mismatch(std::string_view expected, std::string_view actual) {
        detail::call(pactwasm_answer_set_type_mismatch, handle(), expected.data(), expected.size(), actual.data(),
                     actual.size());
    }
};

/// The answer to a GenerateCall. Without a body, the plugin's call fails.
class ContentAnswer : public detail::Answer {
public:
    using Answer::Answer;

    /// The body.
    void set_body(const Body &body) {
        const PactWasmBody written = detail::to_c(body);
        detail::call(pactwasm_answer_set_body, handle(), &written);
    }
};

/// The answer to a GenerateFieldCall. Without a value, the plugin's call fails.
class FieldAnswer : public detail::Answer {
public:
    using Answer::Answer;

    /// The value.
    void set_value(const FieldValue &value) {
        const PactWasmFieldValue written = detail::to_c(value);
        detail::call(pactwasm_answer_set_value, handle(), &written);
    }
};

/// Serves a catalogue entry of the type "content-matcher".
using ContentMatcher = std::function<void(const CompareCall &, CompareAnswer &)>;
/// Serves a catalogue entry of the type "content-generator".
using ContentGenerator = std::function<void(const GenerateCall &, ContentAnswer &)>;
/// Serves a catalogue entry of the type "matcher".
using FieldMatcher = std::function<void(const MatchFieldCall &, MatchAnswer &)>;
/// Serves a catalogue entry of the type "generator".
using FieldGenerator = std::function<void(const GenerateFieldCall &, FieldAnswer &)>;

/// An entry `core/<entry type>/<key>` of the host's catalogue that is served by a function of yours. It takes the place of the
/// library's own entry of that key; in bodies that Pact's own content matchers compare, Pact's own rules count all the same.
///
/// The type of the function is that of the entry. An exception of the function becomes an error that the plugin gets as text.
/// The function is called on the thread that called the plugin (or on one that stands in for it while it waits), and for a mock
/// server on a thread of the library's; from several threads at once where calls run in parallel, and with no lock held. It may
/// call the library, and other plugins; a call of the plugin that is asking needs an instance of its own (Limits::instances).
///
/// The function is destroyed with the last host and plugin that can call it. So it must not own one of them.
struct Handler {
    /// Not empty and without "/".
    std::string key{};
    /// What serves it; not empty.
    std::variant<ContentMatcher, ContentGenerator, FieldMatcher, FieldGenerator> function{};
    /// What the catalogue entry says, a JSON object of texts such as {"content-types":"text/csv"}; absent for none, or for
    /// those of the entry that is replaced.
    std::optional<Json> values{};
};

/// Gets log records. The record is borrowed for the duration of the callback.
///
/// It is called on the thread that made the call which logs (or on one that stands in for it while it waits), and for a mock
/// server on a thread of the library's; from several threads at once where calls run in parallel, and with no lock held. It may
/// call the library. An exception ends the callback and not the call; it is reported on stderr.
using LogCallback = std::function<void(const LogRecord &)>;

namespace detail {

/// The name of the exception's class, as far as it is known.
inline std::string class_name([[maybe_unused]] const std::exception &exception) {
#if defined(__cpp_rtti) || defined(_CPPRTTI)
    const char *const name = typeid(exception).name();
#if __has_include(<cxxabi.h>)
    const std::unique_ptr<char, void (*)(void *)> readable(abi::__cxa_demangle(name, nullptr, nullptr, nullptr), std::free);
    return readable == nullptr ? name : readable.get();
#else
    return name;
#endif
#else
    return "std::exception";
#endif
}

/// What is being caught, with class and message.
inline std::string current_exception_text() {
    try {
        throw;
    } catch (const std::exception &exception) {
        return class_name(exception) + ": " + exception.what();
    } catch (...) {
        return "an exception that is no std::exception";
    }
}

template <class Data>
void destroy(void *data) noexcept {
    delete static_cast<Data *>(data);
}

/// What belongs together: the function that serves a type of entry, the entry's type, and where its request is.
template <class Function>
struct HandlerKind;

template <>
struct HandlerKind<ContentMatcher> {
    static constexpr std::string_view entry_type = "content-matcher";
    static constexpr auto request = &PactWasmHandlerCall::compare;
    using Call = CompareCall;
    using Answer = CompareAnswer;
};

template <>
struct HandlerKind<ContentGenerator> {
    static constexpr std::string_view entry_type = "content-generator";
    static constexpr auto request = &PactWasmHandlerCall::generate;
    using Call = GenerateCall;
    using Answer = ContentAnswer;
};

template <>
struct HandlerKind<FieldMatcher> {
    static constexpr std::string_view entry_type = "matcher";
    static constexpr auto request = &PactWasmHandlerCall::match_field;
    using Call = MatchFieldCall;
    using Answer = MatchAnswer;
};

template <>
struct HandlerKind<FieldGenerator> {
    static constexpr std::string_view entry_type = "generator";
    static constexpr auto request = &PactWasmHandlerCall::generate_field;
    using Call = GenerateFieldCall;
    using Answer = FieldAnswer;
};

/// Called by the library, so no exception may leave it.
template <class Function>
void serve(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *function) noexcept {
    using Kind = HandlerKind<Function>;
    try {
        const typename Kind::Call read{text(call->entry_key), text(call->plugin_name), optional_text(call->test_run_id),
                                       std::chrono::milliseconds(call->remaining_ms), from_c(*(call->*Kind::request))};
        typename Kind::Answer filled(answer);
        (*static_cast<const Function *>(function))(read, filled);
    } catch (...) {
        const std::string message = current_exception_text();
        if (pactwasm_answer_set_error(answer, message.data(), message.size(), nullptr) != PACTWASM_OK) {
            // Without an error it would be an answer.
            static constexpr std::string_view unreadable = "an exception whose message is not UTF-8";
            pactwasm_answer_set_error(answer, unreadable.data(), unreadable.size(), nullptr);
        }
    }
}

/// Called by the library, so no exception may leave it.
inline void deliver(const PactWasmLogRecord *record, void *callback) noexcept {
    try {
        (*static_cast<const LogCallback *>(callback))(read_record(*record));
    } catch (...) {
        std::fprintf(stderr, "pact_wasm: the log callback threw %s\n", current_exception_text().c_str());
    }
}

}  // namespace detail

// ---- hosts ------------------------------------------------------------------------------------------------------------------

/// What each plugin may use up. What is absent has the library's default.
struct Limits {
    /// Time for one call, waiting for a free instance included: 1 ms to 24 h. Default 30 s.
    std::optional<std::chrono::milliseconds> timeout{};
    /// Bytes of memory of one instance: 65536 to 4294967296. Default 268435456. Address space of this size is reserved.
    std::optional<std::uint64_t> memory{};
    /// Bytes of stack for the plugin's code: 65536 to 67108864. Default 524288.
    std::optional<std::uint64_t> stack{};
    /// Elements of one table: 1 to 16777216. Default 1048576.
    std::optional<std::uint64_t> table_elements{};
    /// Bytes that a plugin may hand to the host in one call: 1024 to 4294967296. Default 134217728.
    std::optional<std::uint64_t> host_call{};
    /// Bytes of log text in one call, 64 for each record included: 0 to 1073741824. Default 1048576. A record tells how many
    /// were dropped.
    std::optional<std::uint64_t> log{};
    /// Instances of one plugin, which is how many of its calls run in parallel: 1 to 1024. Default: the number of processors.
    std::optional<std::uint64_t> instances{};
    /// How deep plugins may call each other: 1 to 64. Default 16.
    std::optional<std::uint64_t> nesting{};
};

/// Who loads the plugins.
struct Implementation {
    /// For instance "pact-cpp".
    std::string name{};
    /// For instance "2.4.1".
    std::string version{};
};

/// Something outside of their sandbox that plugins may use.
///
/// A plugin gets it if its manifest asks for it, under "permissions" of its "pluginConfig": what both say counts. Nothing is
/// granted by default, except that a plugin that is a transport may listen on loopback without asking. A plugin that asks for
/// what is not granted, and does not call it optional, does not load (Code::permission).
///
/// An address rule is a host and ports, with a colon between. The host is an address (192.0.2.1, [2001:db8::1]), a network
/// (192.0.2.0/24, [2001:db8::/32]), a name, "localhost" for all loopback addresses, or * for any. The ports are one (443), a
/// range (8000-8999), or * for any, which is also what nothing means. A name stands for the addresses that it leads to, but
/// never for loopback and link-local ones, because its owner decides where it leads; and only a name that is granted, or *,
/// lets a plugin look it up. There is no UDP.
struct Grant {
    /// What kind of thing it is.
    Permission permission = Permission::listen;
    /// An address rule for Permission::listen and Permission::connect, an absolute path for Permission::read and
    /// Permission::read_write, the name of the variable for Permission::environment.
    std::string value{};
    /// Name of the plugin; empty for all plugins.
    std::string plugin{};
};

/// Options of a host. What is absent has the library's default.
struct HostOptions {
    /// Where plugins are installed. Default $PACT_PLUGIN_DIR, or else ~/.pact/plugins.
    std::optional<std::filesystem::path> plugin_directory{};
    /// Where compiled plugins are kept between processes; an empty path keeps nothing. Default $XDG_CACHE_HOME/pact-wasm, or
    /// else ~/.cache/pact-wasm. The directory is made with mode 0700; one that others can enter is not used.
    std::optional<std::filesystem::path> cache_directory{};
    /// What plugins are told about who loads them.
    std::optional<Implementation> implementation{};
    /// The test run that log records belong to, unless a call names one.
    std::optional<std::string> test_run_id{};
    /// What each plugin may use up.
    Limits limits{};
    /// How crashes of plugins are caught: with signal handlers for SIGSEGV, SIGILL and SIGFPE, which pass on what is not theirs
    /// (true, the default), or with checks in the compiled code, which is slower but leaves all signals alone.
    std::optional<bool> signal_handlers{};
    /// The lowest level of log records that are kept and delivered. Default Level::info.
    std::optional<Level> log_level{};
    /// Gets the log records of all plugins; may be empty.
    LogCallback log{};
    /// Functions of yours that plugins can call.
    std::vector<Handler> handlers{};
    /// What plugins may use outside of their sandbox.
    std::vector<Grant> grants{};
};

/// When a plugin is initialised.
enum class Init {
    /// When it is loaded.
    now,
    /// Later, by Plugin::init, for instance to give that options of its own.
    later,
};

namespace detail {

template <class Value>
void set_limit(const PactWasmConfig *config, std::int32_t limit, const std::optional<Value> &value) {
    if (value) {
        if constexpr (std::is_same_v<Value, std::chrono::milliseconds>) {
            call(pactwasm_config_set_limit, config, limit, positive(*value));
        } else {
            call(pactwasm_config_set_limit, config, limit, *value);
        }
    }
}

inline void set_limits(const PactWasmConfig *config, const Limits &limits) {
    set_limit(config, PACTWASM_LIMIT_TIMEOUT_MS, limits.timeout);
    set_limit(config, PACTWASM_LIMIT_MEMORY, limits.memory);
    set_limit(config, PACTWASM_LIMIT_STACK, limits.stack);
    set_limit(config, PACTWASM_LIMIT_TABLE_ELEMENTS, limits.table_elements);
    set_limit(config, PACTWASM_LIMIT_HOST_CALL, limits.host_call);
    set_limit(config, PACTWASM_LIMIT_LOG, limits.log);
    set_limit(config, PACTWASM_LIMIT_INSTANCES, limits.instances);
    set_limit(config, PACTWASM_LIMIT_NESTING, limits.nesting);
}

inline void set_log_callback(const PactWasmConfig *config, const LogCallback &callback) {
    // The library destroys the copy, also when it refuses it.
    auto copy = std::make_unique<LogCallback>(callback);
    call(pactwasm_config_set_log_callback, config, &deliver, copy.release(), &destroy<LogCallback>);
}

template <class Function>
void set_handler(const PactWasmConfig *config, const Handler &handler, const Function &function) {
    if (!function) {
        throw Error(Code::invalid_argument, "the handler \"" + handler.key + "\" has no function");
    }
    const std::string_view type = HandlerKind<Function>::entry_type;
    const std::string_view values = handler.values ? std::string_view(handler.values->text) : std::string_view();
    // The library destroys the copy, also when it refuses it.
    auto copy = std::make_unique<Function>(function);
    call(pactwasm_config_set_handler, config, type.data(), type.size(), handler.key.data(), handler.key.size(), values.data(),
         values.size(), &serve<Function>, copy.release(), &destroy<Function>);
}

inline Owned<PactWasmConfig> configuration(const HostOptions &options) {
    auto owner = make<PactWasmConfig>(pactwasm_config_new);
    const PactWasmConfig *const config = owner.get();
    if (options.plugin_directory) {
        const std::string path = utf8(*options.plugin_directory);
        call(pactwasm_config_set_plugin_directory, config, path.data(), path.size());
    }
    if (options.cache_directory) {
        const std::string path = utf8(*options.cache_directory);
        call(pactwasm_config_set_cache_directory, config, path.data(), path.size());
    }
    if (options.implementation) {
        const auto &[name, version] = *options.implementation;
        call(pactwasm_config_set_implementation, config, name.data(), name.size(), version.data(), version.size());
    }
    if (options.test_run_id) {
        call(pactwasm_config_set_test_run_id, config, options.test_run_id->data(), options.test_run_id->size());
    }
    set_limits(config, options.limits);
    if (options.signal_handlers) {
        call(pactwasm_config_set_signal_handlers, config, *options.signal_handlers ? 1 : 0);
    }
    if (options.log_level) {
        call(pactwasm_config_set_log_level, config, static_cast<std::int32_t>(*options.log_level));
    }
    if (options.log) {
        set_log_callback(config, options.log);
    }
    for (const Handler &handler : options.handlers) {
        std::visit([&](const auto &function) { set_handler(config, handler, function); }, handler.function);
    }
    for (const auto &[permission, value, plugin] : options.grants) {
        call(pactwasm_config_grant, config, plugin.data(), plugin.size(), static_cast<std::int32_t>(permission), value.data(),
             value.size());
    }
    return owner;
}

inline Owned<PactWasmHost> make_host(const HostOptions &options) {
    check_abi();
    const auto config = configuration(options);
    return make<PactWasmHost>(pactwasm_host_new, config.get());
}

}  // namespace detail

/// A running mock server. It ends when it is shut down, closed or destroyed, and with its host. It keeps its plugin loaded.
class MockServer {
public:
    /// Takes over a server of the C API.
    explicit MockServer(detail::Owned<PactWasmMockServer> handle) : handle_(std::move(handle), "mock server") {
        const auto server = handle_.pin();
        const auto info = detail::filled(detail::sized<PactWasmMockServerInfo>(), pactwasm_mock_server_info, server.get());
        key_ = detail::text(info.key);
        address_ = detail::text(info.address);
        port_ = static_cast<std::uint16_t>(info.port);
    }

    /// Names the server in the generic call.
    const std::string &key() const & noexcept { return key_; }
    const std::string &key() const && = delete;
    /// What a client connects to, for instance "127.0.0.1" or "[::1]".
    const std::string &address() const & noexcept { return address_; }
    const std::string &address() const && = delete;
    /// The port that it listens on.
    std::uint16_t port() const noexcept { return port_; }
    /// Address and port as in a URL, for instance "127.0.0.1:8080".
    std::string authority() const { return address_ + ":" + std::to_string(port_); }

    /// What the server has seen so far. It goes on serving. A server that crashed, or was stopped for going over a limit, has
    /// one result, whose error says why.
    ///
    /// Fails with Code::not_found if the server was shut down, or its host is gone, Code::busy in a handler that the server
    /// itself has called, Code::plugin, and the errors of a call (see Plugin).
    MockServerResults results(const CallOptions &options = {}) const { return outcome(pactwasm_mock_server_results, options); }

    /// Closes the server and all its connections, and gives its final results. Whatever comes of this, the server has ended;
    /// one that does not answer within the call's timeout is stopped. Only a handler that the server has called can keep it: a
    /// second is waited for that, and the server ends when the handler returns.
    ///
    /// Fails as results().
    MockServerResults shutdown(const CallOptions &options = {}) const {
        return outcome(pactwasm_mock_server_shutdown, options);
    }

    /// Ends the server without asking for its results; a second time does nothing. Calls that are running in other threads end
    /// first.
    void close() noexcept { handle_.close(); }
    /// Whether it can be asked: not closed, and not moved to another object.
    bool is_open() const noexcept { return handle_.is_open(); }

private:
    template <class Function>
    MockServerResults outcome(Function *function, const CallOptions &options) const {
        const auto server = handle_.pin();
        const PactWasmCallOptions written = detail::to_c(options);
        return MockServerResults(detail::make<PactWasmOutcome>(function, server.get(), &written));
    }

    detail::Closable<PactWasmMockServer> handle_;
    std::string key_{};
    std::string address_{};
    std::uint16_t port_ = 0;
};

/// A loaded plugin. Its operations may be called from many threads at once. It may outlive its host.
///
/// Besides the errors that a comment names, operations fail with those of a call: Code::trap, Code::deadline, Code::cancelled,
/// Code::memory_limit, Code::host_call_limit, Code::stack_limit, Code::resource_limit, Code::cycle, Code::busy, Code::forked,
/// Code::invalid_argument, Code::wrong_state before init and after close.
class Plugin {
public:
    /// Takes over a plugin of the C API.
    explicit Plugin(detail::Owned<PactWasmPlugin> handle) : handle_(std::move(handle), "plugin") {}

    /// What is known about it.
    PluginInfo info() const {
        const auto plugin = handle_.pin();
        const auto info = detail::filled(detail::sized<PactWasmPluginInfo>(), pactwasm_plugin_info, plugin.get());
        return {std::string(detail::text(info.name)),
                std::string(detail::text(info.version)),
                std::string(detail::text(info.directory)),
                std::string(detail::text(info.instance_id)),
                detail::json(info.roles_json),
                detail::optional_json(info.capabilities_json)};
    }

    /// Its own catalogue entries; none before init.
    Catalogue catalogue() const {
        return Catalogue(detail::make<PactWasmCatalogue>(pactwasm_plugin_catalogue, handle_.pin().get()));
    }

    /// Its last log records of the configured level and above: at most 1000, with at most 4 MiB of text.
    Logs logs() const { return Logs(detail::make<PactWasmLogs>(pactwasm_plugin_logs, handle_.pin().get())); }

    /// Introduces host and plugin to each other and reads the plugin's catalogue entries. Needed once before any other
    /// operation, unless loading did it; where it was done already it does nothing, and where it failed it can be tried again.
    ///
    /// Fails with Code::plugin if the plugin refuses, and Code::incompatible if it needs what this host lacks.
    void init(const CallOptions &options = {}) const { operation(pactwasm_plugin_init, options); }

    /// Tells the plugin a catalogue in place of the host's own: a JSON array of {"entryType":…,"key":…,"values":{…}}. Seldom
    /// needed, because the library tells each plugin the host's catalogue without being asked.
    void update_catalogue(const Json &catalogue, const CallOptions &options = {}) const {
        operation(pactwasm_plugin_update_catalogue, options, catalogue.text.data(), catalogue.text.size());
    }

    /// Turns what the test author wrote for a body into the body itself, its rules and generators, and configuration for the
    /// pact file.
    ///
    /// Fails with Code::plugin where the plugin does not like the contents config, Code::unsupported if it is no content
    /// matcher.
    Interaction configure_interaction(const ConfigureRequest &request, const CallOptions &options = {}) const {
        return Interaction(result<PactWasmInteraction>(pactwasm_plugin_configure_interaction, detail::to_c(request), options));
    }

    /// Compares an actual body with the expected one. A mismatch is a result, not an error.
    ///
    /// Fails with Code::plugin if the bodies could not be compared, Code::unsupported if the plugin is no content matcher.
    Comparison compare_contents(const CompareRequest &request, const CallOptions &options = {}) const {
        return Comparison(result<PactWasmComparison>(pactwasm_plugin_compare_contents, detail::to_c(request), options));
    }

    /// Applies generators to a body.
    ///
    /// Fails with Code::plugin if the body could not be generated, Code::unsupported if the plugin is no content generator.
    Content generate_content(const GenerateRequest &request, const CallOptions &options = {}) const {
        return Content(result<PactWasmContent>(pactwasm_plugin_generate_content, detail::to_c(request), options));
    }

    /// Applies a matching rule of the plugin to one value. A mismatch is a result, not an error.
    ///
    /// Fails with Code::plugin if the rule could not be applied, Code::unsupported if the plugin is no field matcher.
    Comparison match_field(const MatchFieldRequest &request, const CallOptions &options = {}) const {
        return Comparison(result<PactWasmComparison>(pactwasm_plugin_match_field, detail::to_c(request), options));
    }

    /// Generates one value with a generator of the plugin.
    ///
    /// Fails with Code::plugin if the value could not be generated, Code::unsupported if the plugin is no field generator.
    FieldValue generate_field(const GenerateFieldRequest &request, const CallOptions &options = {}) const {
        const auto field = result<PactWasmField>(pactwasm_plugin_generate_field, detail::to_c(request), options);
        return detail::from_c(detail::filled(PactWasmFieldValue{}, pactwasm_field_get, field.get()));
    }

    /// Has the plugin open a server that expects interactions. It listens when this returns, and serves clients on a thread of
    /// the library's, with an instance of its own. Handlers and the log callback are called on that thread for it.
    ///
    /// The limits hold for it as for calls, but that time is counted from the last time it waited for a client or read from one;
    /// the timeout of the options is for starting only. A server that goes over a limit, or crashes, is closed, and its results
    /// say why.
    ///
    /// Fails with Code::plugin (for instance because the port is taken), Code::permission (it was not granted to listen there),
    /// Code::unsupported if the plugin is no transport, or does not take interactions of this type.
    MockServer start_mock_server(const StartRequest &request, const CallOptions &options = {}) const {
        const std::string interactions = detail::to_json(request.interactions);
        return MockServer(
            result<PactWasmMockServer>(pactwasm_plugin_start_mock_server, detail::to_c(request, interactions), options));
    }

    /// Builds what is to be sent to the provider for an interaction.
    ///
    /// Fails with Code::plugin if that cannot be built, Code::invalid_response, and Code::unsupported as start_mock_server().
    PreparedInteraction prepare_interaction(const PrepareRequest &request, const CallOptions &options = {}) const {
        const std::string interaction = detail::to_json(request.interaction);
        return PreparedInteraction(
            result<PactWasmData>(pactwasm_plugin_prepare_interaction, detail::to_c(request, interaction), options));
    }

    /// Sends data to the provider and checks its answer. What is wrong with the answer is a result, not an error. The plugin
    /// connects itself, so the provider's address must be granted (HostOptions::grants).
    ///
    /// Fails with Code::plugin (for instance because the provider cannot be reached), Code::permission (it was not granted to
    /// connect there), Code::invalid_response, and Code::unsupported as start_mock_server().
    Verification verify_interaction(const VerifyRequest &request, const CallOptions &options = {}) const {
        const auto plugin = handle_.pin();
        const std::string interaction = detail::to_json(request.interaction);
        const std::vector<PactWasmMetadata> metadata = detail::to_c(request.data.metadata);
        const PactWasmVerifyRequest written = detail::to_c(request, interaction, metadata);
        const PactWasmCallOptions written_options = detail::to_c(options);
        PactWasmOutcome *outcome = nullptr;
        PactWasmData *response = nullptr;
        detail::call(pactwasm_plugin_verify_interaction, plugin.get(), &written, &written_options, &outcome, &response);
        return Verification(detail::Owned<PactWasmOutcome>(outcome), detail::Owned<PactWasmData>(response));
    }

    /// The generic call: any operation by its name in the plugin interface, such as "compare-contents", with a JSON request and
    /// a JSON response, in which bodies are in base64. The JSON Schema generic-call-1.json of the library describes them all.
    Json call(std::string_view operation, const Json &request, const CallOptions &options = {}) const {
        const auto plugin = handle_.pin();
        const PactWasmCallOptions written = detail::to_c(options);
        return detail::make_json(pactwasm_plugin_call, plugin.get(), operation.data(), operation.size(), request.text.data(),
                                 request.text.size(), &written);
    }

    /// Lets go of the plugin, once and for all; a second time does nothing. Calls that are running in other threads end first.
    /// With the last Plugin and MockServer of it, its entries leave the host's catalogue.
    void close() noexcept { handle_.close(); }
    /// Whether it can be used: not closed, and not moved to another object.
    bool is_open() const noexcept { return handle_.is_open(); }

private:
    friend class PactFile;

    template <class Function, class... Arguments>
    void operation(Function *function, const CallOptions &options, Arguments... arguments) const {
        const auto plugin = handle_.pin();
        const PactWasmCallOptions written = detail::to_c(options);
        detail::call(function, plugin.get(), arguments..., &written);
    }

    template <class C, class Function, class Request>
    detail::Owned<C> result(Function *function, const Request &request, const CallOptions &options) const {
        const auto plugin = handle_.pin();
        const PactWasmCallOptions written = detail::to_c(options);
        return detail::make<C>(function, plugin.get(), &request, &written);
    }

    detail::Closable<PactWasmPlugin> handle_;
};

/// A driver instance: it finds and loads plugins and keeps their catalogue. Hosts know nothing of each other.
class Host {
public:
    /// Makes a host. Nothing is read from disk yet.
    ///
    /// Fails with Code::invalid_argument, and with Code::incompatible if the library does not fit this header.
    explicit Host(const HostOptions &options = {}) : handle_(detail::make_host(options), "host") {}

    /// Reads what is installed in the plugin directory. A manifest that cannot be used hides no other; it is an item of its own
    /// with the reason.
    ///
    /// Fails with Code::not_found (the directory), Code::io, Code::forked.
    InstalledPlugins discover() const {
        return InstalledPlugins(detail::make<PactWasmInstalled>(pactwasm_host_discover, handle_.pin().get()));
    }

    /// Finds a plugin by name in the plugin directory, loads and initialises it. A plugin that this host has loaded already is
    /// not loaded again: the new object is for the same plugin.
    ///
    /// `version` is the least version within semantic-version compatibility; empty for the highest that is installed. With
    /// Init::later none of the plugin's code runs before you call Plugin::init.
    ///
    /// Fails with Code::not_found, Code::manifest_invalid, Code::component_invalid, Code::compile_failed, Code::incompatible,
    /// Code::io, Code::forked, Code::invalid_argument, and the errors of Plugin::init.
    Plugin load(std::string_view name, std::string_view version = {}, Init init = Init::now) const {
        return initialised(detail::make<PactWasmPlugin>(pactwasm_host_load, handle_.pin().get(), name.data(), name.size(),
                                                        version.data(), version.size()),
                           init);
    }

    /// Loads the plugin whose pact-plugin.json lies in a directory, wherever that is. Otherwise as load().
    Plugin load_directory(const std::filesystem::path &directory, Init init = Init::now) const {
        const std::string path = detail::utf8(directory);
        return initialised(
            detail::make<PactWasmPlugin>(pactwasm_host_load_directory, handle_.pin().get(), path.data(), path.size()), init);
    }

    /// The catalogue: what the host itself can do, then the entries of all plugins that it has loaded and initialised, in the
    /// order of loading.
    Catalogue catalogue() const {
        return Catalogue(detail::make<PactWasmCatalogue>(pactwasm_host_catalogue, handle_.pin().get()));
    }

    /// Lets go of the host, once and for all; a second time does nothing. Plugins that it loaded stay usable; their mock servers
    /// end.
    void close() noexcept { handle_.close(); }
    /// Whether it can be used: not closed, and not moved to another object.
    bool is_open() const noexcept { return handle_.is_open(); }

private:
    static Plugin initialised(detail::Owned<PactWasmPlugin> handle, Init init) {
        Plugin plugin(std::move(handle));
        if (init == Init::now) {
            plugin.init();
        }
        return plugin;
    }

    detail::Closable<PactWasmHost> handle_;
};

// ---- pact files -------------------------------------------------------------------------------------------------------------

/// What plugins set up for the bodies of one interaction of a pact file. Parts with a name go where it says: where a plugin
/// gave the request and the response at once, pass the same Interaction twice.
struct PactBodies {
    /// For the request, or null.
    const Interaction *request = nullptr;
    /// For the response, or null.
    const Interaction *response = nullptr;
    /// For the message of an interaction that is "Asynchronous/Messages", or null; instead of the other two.
    const Interaction *message = nullptr;
};

/// A pact file, version 4 of the Pact specification, that Pact's own libraries verify with the same plugins. A value: it can be
/// copied, and used like any other.
class PactFile {
public:
    /// A file without interactions.
    PactFile(std::string_view consumer, std::string_view provider)
        : PactFile(Json{"{\"consumer\":{\"name\":" + detail::json_string(consumer) +
                        "},\"provider\":{\"name\":" + detail::json_string(provider) + "}}"}) {}

    /// A file that exists already.
    explicit PactFile(Json json) : json_(std::move(json)) { detail::check_abi(); }

    /// Adds an interaction with the plugins that it needs; one that is in the file already is replaced. It is the same for Pact
    /// if it has the same "key", or else type, description and provider states.
    ///
    /// `outline` is the interaction without what comes from plugins: a JSON object as in the pact file, with at least
    /// "description" and "type" ("Synchronous/HTTP", "Asynchronous/Messages" or "Synchronous/Messages"). Provider states,
    /// method, path, headers, status, rules for them, metadata, … stand in it where they stand in the file.
    ///
    /// Fails with Code::invalid_argument (the message names argument and field), Code::unsupported (a plugin does not take this
    /// type of interaction), Code::invalid_response (what the plugin set up cannot be in a pact file), Code::forked; the file
    /// stays as it was.
    PactFile &add_interaction(const Json &outline, const PactBodies &bodies = {}) {
        auto interaction = detail::sized<PactWasmPactInteraction>();
        interaction.template_json = detail::to_c(outline);
        interaction.request = handle(bodies.request);
        interaction.response = handle(bodies.response);
        interaction.message = handle(bodies.message);
        json_ = detail::make_json(pactwasm_pact_add_interaction, json_.text.data(), json_.text.size(), &interaction);
        return *this;
    }

    /// Adds a plugin to those that the file needs. add_interaction does it for plugins that set up an interaction; this is for
    /// those whose rules, generators or transport the file uses otherwise.
    PactFile &add_plugin(const Plugin &plugin) {
        json_ = detail::make_json(pactwasm_pact_add_plugin, plugin.handle_.pin().get(), json_.text.data(), json_.text.size());
        return *this;
    }

    /// The file as JSON.
    const Json &json() const & noexcept { return json_; }
    /// The file as JSON, moved out.
    Json json() && noexcept { return std::move(json_); }

    /// Writes the file, in place of what is there. Its directory has to exist. Fails with Code::io.
    void write(const std::filesystem::path &path) const {
        std::ofstream file(path, std::ios::binary);
        file.write(json_.text.data(), static_cast<std::streamsize>(json_.text.size()));
        file.close();
        if (!file) {
            throw Error(Code::io, "the pact file " + detail::utf8(path) + " cannot be written");
        }
    }

private:
    static const PactWasmInteraction *handle(const Interaction *interaction) {
        if (interaction == nullptr) {
            return nullptr;
        }
        interaction->check_is_here();
        return interaction->native_handle();
    }

    Json json_;
};

}  // namespace pact_wasm

#endif  // PACT_WASM_HPP
