// Handlers that call the library, on one thread and on many.

#include "handlers.h"

#include <pthread.h>

// ---- handlers that call the library ----

typedef struct Caller {
    PactWasmHost *host;
    PactWasmPlugin *plugin;
    int calls, deepest;
    int32_t status;
    char message[512];
} Caller;

// Has another plugin generate the value.
static void asks_another(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Caller *caller = (Caller *)user_data;
    PactWasmGenerateFieldRequest request = *call->generate_field;
    PactWasmField *field = NULL;
    PactWasmFieldValue value;
    PactWasmError *error = NULL;
    caller->calls++;
    OK(pactwasm_plugin_generate_field(caller->plugin, &request, NULL, &field, &error));
    OK(pactwasm_field_get(field, &value, &error));
    OK(pactwasm_answer_set_value(answer, &value, &error));
    pactwasm_field_free(field);
}

static void calling_another_plugin(void) {
    Caller caller;
    Setup made;
    PactWasmGenerateFieldRequest request = generate_field("core/generator/vin");
    PactWasmField *field = NULL;
    PactWasmFieldValue value;
    PactWasmError *error = NULL;
    int turn;
    memset(&caller, 0, sizeof caller);
    made = setup_one(GENERATOR, asks_another, &caller);
    caller.plugin = test_plugin(made.host, "echo");
    request.example = text_value("by way of echo");
    for (turn = 1; turn <= 3; turn++) {
        OK(pactwasm_plugin_generate_field(made.delegate, &request, NULL, &field, &error));
        OK(pactwasm_field_get(field, &value, &error));
        CHECK_TEXT(value.data, "by way of echo");
        pactwasm_field_free(field);
        CHECK_EQUAL(caller.calls, turn);
    }
    pactwasm_plugin_free(caller.plugin);
    free_setup(&made);
}

// Loads, initialises and unloads a plugin of the same host, whose catalogue changes twice by that.
static void loads_another(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Caller *caller = (Caller *)user_data;
    PactWasmPlugin *jwt = test_plugin(caller->host, "jwt");
    PactWasmCatalogue *catalogue = NULL;
    PactWasmError *error = NULL;
    (void)call;
    (void)answer;
    caller->calls++;
    OK(pactwasm_host_catalogue(caller->host, &catalogue, &error));
    CHECK_EQUAL(plugin_entries(catalogue), 4 + 2);
    pactwasm_catalogue_free(catalogue);
    pactwasm_plugin_free(jwt);
}

static void loading_in_the_handler(void) {
    Caller caller;
    Setup made;
    PactWasmError *error = NULL;
    memset(&caller, 0, sizeof caller);
    made = setup_one(CONTENT_MATCHER, loads_another, &caller);
    caller.host = made.host;
    OK(ask(made.delegate, CONTENT_MATCHER, NULL, &error));
    OK(ask(made.delegate, CONTENT_MATCHER, NULL, &error));
    CHECK_EQUAL(caller.calls, 2);
    free_setup(&made);
}

// Asks the plugin that is asking, for another entry.
static void asks_back(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Caller *caller = (Caller *)user_data;
    PactWasmGenerateFieldRequest request = generate_field("echo");
    PactWasmField *field = NULL;
    PactWasmFieldValue value;
    PactWasmError *error = NULL;
    caller->calls++;
    request.example = call->generate_field->example;
    caller->status = pactwasm_plugin_generate_field(caller->plugin, &request, NULL, &field, &error);
    if (caller->status != PACTWASM_OK) {
        const char *message = pactwasm_error_message(error);
        CHECK_EQUAL(pactwasm_answer_set_error(answer, message, strlen(message), NULL), PACTWASM_OK);
        pactwasm_error_free(error);
        return;
    }
    OK(pactwasm_field_get(field, &value, &error));
    OK(pactwasm_answer_set_value(answer, &value, &error));
    pactwasm_field_free(field);
}

static void calling_the_asking_plugin(void) {
    uint64_t instances;
    for (instances = 1; instances <= 2; instances++) {
        PactWasmConfig *config = test_config();
        PactWasmPlugin *echo;
        Caller caller;
        Setup made;
        PactWasmError *error = NULL;
        memset(&caller, 0, sizeof caller);
        OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, instances, &error));
        set(config, GENERATOR, "vin", NULL, asks_back, &caller, NULL);
        made = setup(config);
        echo = test_plugin(made.host, "echo");
        caller.plugin = made.delegate;
        if (instances == 1) {
            FAILS(ask(made.delegate, GENERATOR, NULL, &error), PACTWASM_ERROR_PLUGIN,
                  "core/generator/vin: plugin delegate 1.0.0, generate-field: all 1 instance(s) are busy with the call that this one "
                  "comes from");
            CHECK_EQUAL(caller.status, PACTWASM_ERROR_BUSY);
        } else {
            OK(ask(made.delegate, GENERATOR, NULL, &error));
            CHECK_EQUAL(caller.status, PACTWASM_OK);
        }
        CHECK_EQUAL(caller.calls, 1);
        pactwasm_plugin_free(echo);
        free_setup(&made);
    }
}

// Asks the plugin that is asking for the same again: a circle of which the plugin sees only its half. It ends with the instances.
static void asks_the_same(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Caller *caller = (Caller *)user_data;
    PactWasmError *error = NULL;
    int32_t status;
    (void)call;
    (void)answer;
    caller->calls++;
    status = ask(caller->plugin, CONTENT_MATCHER, NULL, &error);
    if (status == PACTWASM_OK) return;
    CHECK_EQUAL(status, PACTWASM_ERROR_BUSY);
    caller->deepest = caller->calls;
    pactwasm_error_free(error);
}

static void circle_through_a_handler(void) {
    PactWasmConfig *config = test_config();
    Caller caller;
    Setup made;
    PactWasmError *error = NULL;
    memset(&caller, 0, sizeof caller);
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, 5, &error));
    set(config, CONTENT_MATCHER, "vin", NULL, asks_the_same, &caller, NULL);
    made = setup(config);
    caller.plugin = made.delegate;
    OK(ask(made.delegate, CONTENT_MATCHER, NULL, &error));
    CHECK_EQUAL(caller.deepest, 5);
    CHECK_EQUAL(caller.calls, 5);
    free_setup(&made);
}

// ---- threads ----

static void *sets_the_value(void *answer) {
    PactWasmFieldValue value = text_value("from another thread");
    PactWasmError *error = NULL;
    OK(pactwasm_answer_set_value((PactWasmAnswer *)answer, &value, &error));
    return NULL;
}

static void has_another_thread_answer(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    pthread_t thread;
    (void)call;
    (void)user_data;
    CHECK_EQUAL(pthread_create(&thread, NULL, sets_the_value, answer), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
}

static void answering_from_another_thread(void) {
    Setup made = setup_one(GENERATOR, has_another_thread_answer, NULL);
    PactWasmFieldValue value;
    PactWasmField *field = generated(made.delegate, &value);
    CHECK_TEXT(value.data, "from another thread");
    pactwasm_field_free(field);
    free_setup(&made);
}

enum { THREADS = 8 };

typedef struct Work {
    const PactWasmPlugin *delegate;
    int number;
} Work;

// Answers each thread with what it asked for.
static void answers_the_example(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Counted *counted = (Counted *)user_data;
    PactWasmError *error = NULL;
    CHECK_EQUAL(__atomic_load_n(&counted->destroyed, __ATOMIC_RELAXED), 0);
    __atomic_fetch_add(&counted->calls, 1, __ATOMIC_RELAXED);
    OK(pactwasm_answer_set_value(answer, &call->generate_field->example, &error));
}

static void *work_on(void *data) {
    const Work *work = (const Work *)data;
    int turn;
    for (turn = 0; turn < reduced(200); turn++) {
        PactWasmGenerateFieldRequest request = generate_field("core/generator/vin");
        PactWasmField *field = NULL;
        PactWasmFieldValue value;
        PactWasmError *error = NULL;
        char sent[64];
        snprintf(sent, sizeof sent, "thread %d, turn %d", work->number, turn);
        request.example = text_value(sent);
        OK(pactwasm_plugin_generate_field(work->delegate, &request, NULL, &field, &error));
        OK(pactwasm_field_get(field, &value, &error));
        CHECK_TEXT(value.data, sent);
        pactwasm_field_free(field);
    }
    return NULL;
}

// The handles are freed while the threads still call, except for the plugin's.
static void many_threads(uint64_t instances, size_t stack) {
    PactWasmConfig *config = test_config();
    Setup made;
    PactWasmError *error = NULL;
    Counted counted;
    Work work[THREADS];
    pthread_t threads[THREADS];
    pthread_attr_t attributes;
    int index;
    memset(&counted, 0, sizeof counted);
    // Waiting for an instance counts against the deadline, and 8 threads may share one.
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_TIMEOUT_MS, 600000, &error));
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, instances, &error));
    set(config, GENERATOR, "vin", NULL, answers_the_example, &counted, destroyed);
    made = setup(config);
    CHECK_EQUAL(pthread_attr_init(&attributes), 0);
    if (stack > 0) CHECK_EQUAL(pthread_attr_setstacksize(&attributes, stack), 0);
    for (index = 0; index < THREADS; index++) {
        work[index].delegate = made.delegate;
        work[index].number = index;
        CHECK_EQUAL(pthread_create(&threads[index], &attributes, work_on, &work[index]), 0);
    }
    pactwasm_host_free(made.host);
    for (index = 0; index < THREADS; index++) CHECK_EQUAL(pthread_join(threads[index], NULL), 0);
    CHECK_EQUAL(counted.calls, THREADS * reduced(200));
    CHECK_EQUAL(counted.destroyed, 0);
    pactwasm_plugin_free(made.delegate);
    CHECK_EQUAL(counted.destroyed, 1);
    CHECK_EQUAL(pthread_attr_destroy(&attributes), 0);
}

// Two calls that hold all instances, and whose handlers want one more each: neither waits for the other.
typedef struct Both {
    PactWasmPlugin *delegate;
    pthread_barrier_t *barrier;
    int busy;
} Both;

static void wants_one_more(const PactWasmHandlerCall *call, PactWasmAnswer *answer, void *user_data) {
    Both *both = (Both *)user_data;
    PactWasmError *error = NULL;
    (void)call;
    (void)answer;
    pthread_barrier_wait(both->barrier);
    if (ask(both->delegate, MATCHER, NULL, &error) == PACTWASM_ERROR_BUSY) __atomic_fetch_add(&both->busy, 1, __ATOMIC_RELAXED);
    pactwasm_error_free(error);
    // The other one is to keep its instance until this one has its answer.
    pthread_barrier_wait(both->barrier);
}

static void *asks_once(void *data) {
    PactWasmError *error = NULL;
    OK(ask(((Both *)data)->delegate, MATCHER, NULL, &error));
    return NULL;
}

static void all_instances_in_handlers(void) {
    PactWasmConfig *config = test_config();
    Setup made;
    PactWasmError *error = NULL;
    pthread_barrier_t barrier;
    pthread_t threads[2];
    Both both;
    int index;
    CHECK_EQUAL(pthread_barrier_init(&barrier, NULL, 2), 0);
    OK(pactwasm_config_set_limit(config, PACTWASM_LIMIT_INSTANCES, 2, &error));
    set(config, MATCHER, "vin", NULL, wants_one_more, &both, NULL);
    made = setup(config);
    both.delegate = made.delegate;
    both.barrier = &barrier;
    both.busy = 0;
    for (index = 0; index < 2; index++) CHECK_EQUAL(pthread_create(&threads[index], NULL, asks_once, &both), 0);
    for (index = 0; index < 2; index++) CHECK_EQUAL(pthread_join(threads[index], NULL), 0);
    CHECK_EQUAL(both.busy, 2);
    free_setup(&made);
    CHECK_EQUAL(pthread_barrier_destroy(&barrier), 0);
}

int main(void) {
    calling_another_plugin();
    loading_in_the_handler();
    calling_the_asking_plugin();
    circle_through_a_handler();
    answering_from_another_thread();
    many_threads(1, 0);
    many_threads(4, 0);
    many_threads(4, 256 << 10);
    all_instances_in_handlers();
    return 0;
}
