package dev.cria.model;

/** A thread that does nothing else until it has the text. */
record BlockedReader(Thread thread) implements Reader {
    @Override
    public State state() {
        return State.of(thread);
    }

    @Override
    public void ended(IllegalStateException why) {
        // the thread is never away, and hears from the run
    }
}
