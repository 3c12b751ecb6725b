package dev.cria.model.engine;

import dev.cria.core.CriaException;
import dev.cria.core.host.DaemonThreads;
import dev.cria.model.events.FlightRecorder;
import dev.cria.model.events.PassRows;
import dev.cria.model.events.Span;
import dev.cria.model.generation.TooManyRequestsException;
import dev.cria.model.sampling.Candidates;
import dev.cria.model.transformer.Batch;
import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.KvPage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides what the next pass reads: the next token of every sequence that generates, then prompts, the first that came
 * first, as far as there is room. While somebody generates, prompts get fewer rows, so that they do not make others
 * wait long for their next token; and no prompt gets all of them while others wait, so that a short one is not stuck
 * behind a long one.
 *
 * <p>Where keys and values outgrow their budget, those kept for prompts to come go first; then the sequence that came
 * last is put back into the queue and is read again later.
 */
final class Scheduler {
    /** Rows of prompts beside sequences that generate: enough to be read at nearly full speed. */
    private static final int PROMPT_ROWS = 64;
    /** How long the thread waits for the next sequence before it ends. */
    private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    /** How long a sequence whose reader has no room stays. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final ForwardPass forward;
    private final EngineLimits limits;
    private final LongSupplier nanoTime;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();

    // guarded by the lock
    private final Deque<Sequence> submitted = new ArrayDeque<>();
    private final Deque<Errand<?>> errands = new ArrayDeque<>();
    private @Nullable Thread thread;
    private boolean woken;
    private int waiting;
    private EngineState state;

    private volatile boolean closed;

    // of the engine's thread
    private final KvPool pool;
    private final PrefixIndex prefixes;
    private final SortedSet<Sequence> queue = new TreeSet<>(Comparator.comparingLong(Sequence::arrival));
    private final List<Sequence> running = new ArrayList<>();
    private final List<Sequence> inPass = new ArrayList<>();
    private final Batch batch = new Batch(16);
    private final PassTimes times = new PassTimes();
    private final Candidates[] scratch;
    private long arrivals;
    private int turn;
    private long passes;
    private long rows;
    private long evictions;
    private long putBacks;
    /** Pages after the last pass that was told of. */
    private int toldPages = -1;
    private int toldPrefixes = -1;

    Scheduler(ForwardPass forward, EngineLimits limits, LongSupplier nanoTime) {
        this.forward = forward;
        this.limits = limits;
        this.nanoTime = nanoTime;
        pool = new KvPool(forward, limits.kvCacheBytes());
        prefixes = new PrefixIndex(pool, limits.keepsPrefixes());
        scratch = new Candidates[forward.workers()];
        for (int worker = 0; worker < scratch.length; worker++) {
            scratch[worker] = new Candidates(forward.vocabularySize());
        }
        state = new EngineState(0, 0, 0, 0, 0, 0, 0, 0);
    }

    EngineState state() {
        lock.lock();
        try {
            return state.withQueued(waiting);
        } finally {
            lock.unlock();
        }
    }

    int mostPages() {
        return pool.most();
    }

    /** Takes a sequence in, or refuses it. */
    void submit(Sequence sequence) {
        lock.lock();
        try {
            requireOpen();
            // who was in before has waited already
            long free = Math.max(0, limits.maxConcurrent() - state.running());
            if (sequence.arrival() < 0 && waiting >= limits.queueLimit() + free) {
                throw new TooManyRequestsException(limits.queueLimit());
            }
            sequence.arrived(arrivals++, nanoTime.getAsLong());
            submitted.add(sequence);
            waiting++;
            rouse();
        } finally {
            lock.unlock();
        }
    }

    /** Makes the thread look again, and starts it if there is none. */
    private void rouse() {
        woken = true;
        news.signalAll();
        if (thread == null) {
            Thread started = DaemonThreads.named("cria-engine").unstarted(this::work);
            started.start();
            thread = started;
        }
    }

    /**
     * Has the engine's thread do something with the prefixes between two passes, and waits for it.
     *
     * @param <T> what comes of it
     */
    <T> T withPrefixes(Function<PrefixIndex, T> work) {
        CompletableFuture<T> outcome = new CompletableFuture<>();
        lock.lock();
        try {
            requireOpen();
            errands.add(new Errand<>(work, outcome));
            rouse();
        } finally {
            lock.unlock();
        }
        try {
            return outcome.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw e;
            }
        }
    }

    /** Work on the prefixes, and who waits for it. */
    private record Errand<T>(Function<PrefixIndex, T> work, CompletableFuture<T> outcome) {
        void run(PrefixIndex prefixes, Runnable afterwards) {
            try {
                T result = work.apply(prefixes);
                afterwards.run();
                outcome.complete(result);
            } catch (Throwable e) {
                outcome.completeExceptionally(e);
            }
        }
    }

    private void runErrands() {
        for (Optional<Errand<?>> next = nextErrand(); next.isPresent(); next = nextErrand()) {
            next.get().run(prefixes, this::describe);
        }
    }

    private Optional<Errand<?>> nextErrand() {
        lock.lock();
        try {
            return Optional.ofNullable(errands.poll());
        } finally {
            lock.unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw modelClosed();
        }
    }

    private static IllegalStateException modelClosed() {
        return new IllegalStateException("the model has been closed");
    }

    /** Makes the thread look again at what its sequences want. */
    void wake() {
        lock.lock();
        try {
            woken = true;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            news.signalAll();
            while (thread != null && thread != Thread.currentThread()) {
                news.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        try {
            while (takeIn()) {
                runErrands();
                dropUnwanted();
                admit();
                compose();
                describe();
                if (batch.size() > 0) {
                    compute();
                }
            }
        } catch (Throwable e) {
            abandon(e);
        }
    }

    /** Waits for something to do. {@return false once the thread has nothing to do any more, which then ends} */
    private boolean takeIn() {
        lock.lock();
        try {
            describe();
            boolean idle = running.isEmpty() && queue.isEmpty();
            boolean computes = !idle && batch.size() > 0;
            long rest = idle ? IDLE_NANOS : PATIENCE_NANOS;
            while (!closed && !computes && !woken && rest > 0) {
                try {
                    rest = news.awaitNanos(rest);
                } catch (InterruptedException e) {
                    woken = true; // nobody has the thread who could mean it: look again
                }
            }
            woken = false;
            queue.addAll(submitted);
            submitted.clear();
            if (closed) {
                leave(Optional.of(modelClosed()));
                return false;
            }
            if (running.isEmpty() && queue.isEmpty() && errands.isEmpty()) {
                thread = null;
                news.signalAll();
                return false;
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The memory ended at a place of its own, or there is a fault: nobody waits for ever, and the next begins anew. */
    private void abandon(Throwable cause) {
        lock.lock();
        try {
            queue.addAll(submitted);
            submitted.clear();
            leave(Optional.of(explained(cause)));
            batch.clear();
            inPass.clear();
        } finally {
            lock.unlock();
        }
    }

    private void leave(Optional<Throwable> cause) {
        try {
            for (Sequence sequence : running) {
                sequence.dropCache();
                sequence.end(cause);
            }
            queue.forEach(sequence -> sequence.end(cause));
            cause.ifPresent(why -> errands.forEach(errand -> errand.outcome().completeExceptionally(why)));
            errands.clear();
            running.clear();
            queue.clear();
            prefixes.clear();
            pool.reset();
            describe();
        } finally {
            thread = null;
            news.signalAll();
        }
    }

    private void describe() {
        lock.lock();
        try {
            waiting = queue.size() + submitted.size();
            state = new EngineState(running.size(), waiting, pool.used() * forward.pageBytes(),
                    prefixes.size() * forward.pageBytes(), passes, rows, evictions, putBacks);
        } finally {
            lock.unlock();
        }
    }

    private void dropUnwanted() {
        queue.removeIf(sequence -> {
            boolean unwanted = sequence.isUnwanted();
            if (unwanted) {
                sequence.end(Optional.empty());
            }
            return unwanted;
        });
        for (Sequence sequence : List.copyOf(running)) {
            if (sequence.isUnwanted()) {
                retire(sequence);
                sequence.end(Optional.empty());
            }
        }
    }

    /** Takes a sequence out and keeps what it has read. If that fails it is still in, and hears of it. */
    private void retire(Sequence sequence) {
        keep(sequence);
        sequence.dropCache();
        running.remove(sequence);
    }

    private void keep(Sequence sequence) {
        if (sequence.reusesPrefixes()) {
            prefixes.keep(sequence.adapters(), sequence.tokens(), sequence.cache());
        }
    }

    private void admit() {
        for (Sequence next : List.copyOf(queue)) {
            if (running.size() >= limits.maxConcurrent()) {
                return;
            }
            int end = next.reusesPrefixes() ? next.head().firstOutput(next.length()) : 0;
            PrefixIndex.Prefix beginning = prefixes.find(next.adapters(), next.tokens(), end);
            PooledCache cache = new PooledCache(pool, forward.contextLength(), beginning.pages(), beginning.length());
            if (!running.isEmpty() && cache.missing(next.length()) > pool.most() - pool.used()
                    + prefixes.evictable()) {
                cache.release();
                return;
            }
            if (isBeingRead(next, cache.length())) {
                cache.release();
            } else {
                next.admitted(cache, nanoTime.getAsLong());
                running.add(next);
                running.sort(Comparator.comparingLong(Sequence::arrival));
                queue.remove(next);
            }
        }
    }

    /** {@return whether another sequence reads a page or more that this one needs, and does not have yet} */
    private boolean isBeingRead(Sequence sequence, int known) {
        if (!limits.keepsPrefixes() || !sequence.reusesPrefixes()) {
            return false;
        }
        int needed = sequence.head().firstOutput(sequence.length());
        for (Sequence other : running) {
            if (other.unread() > 1 && other.reusesPrefixes() && other.adapters().equals(sequence.adapters())) {
                int common = Arrays.mismatch(sequence.tokens(), 0, needed, other.tokens(), 0, other.length());
                if ((common < 0 ? needed : common) >= known + KvPage.POSITIONS) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Fills the batch. */
    private void compose() {
        batch.clear();
        inPass.clear();
        long now = System.nanoTime();
        List<Sequence> generating = new ArrayList<>();
        List<Sequence> reading = new ArrayList<>();
        for (Sequence sequence : List.copyOf(running)) {
            if (sequence.room(now) > 0) {
                (sequence.unread() == 1 ? generating : reading).add(sequence);
            } else if (now - sequence.blockedSince() > PATIENCE_NANOS && sequence.park()) {
                retire(sequence);
            }
        }
        // where there are more than a pass has rows, they take turns
        int most = Math.min(generating.size(), forward.maximumRows());
        for (int i = 0; i < most; i++) {
            add(generating.get((turn + i) % generating.size()), 1);
        }
        turn = generating.isEmpty() ? 0 : (turn + most) % generating.size();
        int room = forward.maximumRows() - inPass.size();
        if (!inPass.isEmpty()) {
            room = Math.min(room, PROMPT_ROWS);
        }
        for (int i = 0; i < reading.size() && room > 0; i++) {
            boolean last = i == reading.size() - 1;
            int share = last ? room : (room + 1) / 2;
            room -= add(reading.get(i), Math.min(share, reading.get(i).room(now)));
        }
        if (reading.isEmpty()) {
            guess();
        }
        inPass.forEach(this::fill);
    }

    /** Adds a sequence to the pass. {@return how many rows it gets} */
    private int add(Sequence sequence, int most) {
        if (!running.contains(sequence)) {
            // was put back for one that came before
            return 0;
        }
        int count = Math.min(most, sequence.unread());
        if (!reserve(sequence, sequence.cache().length() + count)) {
            return 0;
        }
        sequence.plan(count);
        inPass.add(sequence);
        return count;
    }

    /** Has rows that nobody needs check how the texts may go on, as far as that makes them come faster. */
    private void guess() {
        Outlook outlook = new Outlook(times, inPass.size());
        int room = Math.min(outlook.room(), forward.maximumRows() - inPass.size());
        for (int i = 0; i < inPass.size() && room > 0; i++) {
            Sequence sequence = inPass.get(i);
            int share = Math.ceilDiv(room, inPass.size() - i);
            int[] guess = sequence.guess(share, outlook);
            if (guess.length > 0) {
                int most = roomFor(sequence, sequence.length() + guess.length) - sequence.length();
                sequence.check(Arrays.copyOf(guess, Math.min(guess.length, most)));
                room -= sequence.guesses().length;
            }
        }
    }

    /** {@return how many positions a sequence has room for, if possible so many, without taking it from others} */
    private static int roomFor(Sequence sequence, int end) {
        try {
            sequence.cache().tryReserve(end);
        } catch (OutOfMemoryError e) {
            // a guess is not worth it
        }
        return sequence.cache().room();
    }

    private void fill(Sequence sequence) {
        int start = sequence.cache().length();
        int end = start + sequence.rows();
        for (int position = start; position < end; position++) {
            batch.add(sequence.tokens()[position], position, sequence.cache(),
                    sequence.head().output(position, sequence.length()), sequence.adapters());
        }
        for (int i = 0; i < sequence.guesses().length; i++) {
            batch.add(sequence.guesses()[i], end + i, sequence.cache(), Batch.Output.LOGITS, sequence.adapters());
        }
    }

    private boolean reserve(Sequence sequence, int end) {
        Optional<OutOfMemoryError> exhausted = Optional.empty();
        while (true) {
            try {
                if (sequence.cache().tryReserve(end)) {
                    return true;
                }
            } catch (OutOfMemoryError e) {
                exhausted = Optional.of(e);
            }
            if (prefixes.evict()) {
                evictions++;
                continue;
            }
            Sequence youngest = running.getLast();
            if (youngest == sequence && running.size() == 1) {
                if (prefixes.size() > 0) {
                    // kept texts that begin as this one hold its pages, so that it would have to copy the last
                    prefixes.clear();
                    continue;
                }
                fail(sequence, tooLarge(end, exhausted));
                return false;
            }
            if (inPass.contains(youngest)) {
                // it is in the pass; this one comes with a later one
                return false;
            }
            if (!youngest.park()) {
                youngest.arrived(youngest.arrival(), nanoTime.getAsLong());
                queue.add(youngest);
                putBacks++;
            }
            retire(youngest);
            if (youngest == sequence) {
                return false;
            }
        }
    }

    private CriaException tooLarge(int end, Optional<OutOfMemoryError> exhausted) {
        String need = "the keys and values of " + end + " tokens do not fit into ";
        return exhausted
                .map(e -> new CriaException(need + "the memory of the JVM, of which a model may use "
                        + limits.kvCacheBytes() + " bytes for them: give the JVM more by -Xmx", e))
                .orElseGet(() -> new CriaException(need + "the " + limits.kvCacheBytes()
                        + " bytes that a model may use for them: load it with more kvCacheBytes"));
    }

    /** {@return what a caller can do something about, if it can} */
    private static Throwable explained(Throwable cause) {
        return cause instanceof OutOfMemoryError
                ? new CriaException("the memory of the JVM has run out while the model computed: give the JVM more by"
                        + " -Xmx, or have the model use less of it by kvCacheBytes, maxConcurrent or promptChunk",
                        cause)
                : cause;
    }

    private void fail(Sequence sequence, Throwable cause) {
        running.remove(sequence);
        sequence.dropCache();
        sequence.end(Optional.of(cause));
    }

    private void compute() {
        Outcomes outcomes = new Outcomes();
        Span<PassRows> span = FlightRecorder.pass();
        long start = nanoTime.getAsLong();
        boolean finished;
        try {
            finished = forward.run(batch, outcomes, this::isPointless);
        } catch (Throwable e) {
            // what the caches hold is not known
            List.copyOf(inPass).forEach(sequence -> fail(sequence, explained(e)));
            if (e instanceof OutOfMemoryError) {
                prefixes.clear();
            }
            return;
        }
        if (!finished) {
            return;
        }
        passes++;
        rows += batch.size();
        span.end(new PassRows(batch.size(), inPass.size(),
                inPass.stream().mapToInt(sequence -> sequence.guesses().length).sum()));
        long nanos = nanoTime.getAsLong() - start;
        if (inPass.stream().allMatch(sequence -> sequence.rows() == 1)) {
            times.passed(batch.size(), nanos);
        }
        for (Sequence sequence : inPass) {
            Optional<Throwable> failure = outcomes.failure(sequence);
            if (failure.isPresent()) {
                fail(sequence, explained(failure.get()));
            } else if (advance(sequence, nanos)) {
                retire(sequence);
                sequence.end(Optional.empty());
            } else if (running.contains(sequence) && sequence.rows() > 1) {
                // others may wait for what this one has read
                keep(sequence);
            }
        }
        tellOfPages();
    }

    private void tellOfPages() {
        if (pool.used() != toldPages || prefixes.size() != toldPrefixes) {
            toldPages = pool.used();
            toldPrefixes = prefixes.size();
            FlightRecorder.keysAndValues(toldPages * forward.pageBytes(), toldPrefixes * forward.pageBytes(), evictions,
                    putBacks);
        }
    }

    private boolean advance(Sequence sequence, long nanos) {
        try {
            return sequence.passed(nanos);
        } catch (Throwable e) {
            fail(sequence, e);
            return false;
        }
    }

    /** {@return whether nobody wants anything of the pass any more} */
    private boolean isPointless() {
        if (closed) {
            return true;
        }
        for (Sequence sequence : inPass) {
            if (!sequence.isUnwanted()) {
                return false;
            }
        }
        return true;
    }

    /** Hands the outputs of a pass to the heads, and keeps what they throw. */
    private final class Outcomes implements ForwardPass.Outputs {
        /** For each row, the index of its sequence in the pass. */
        private final int[] sequences = new int[batch.size()];
        private final List<Optional<GuessedOutputs>> guessed = new ArrayList<>();
        private final @Nullable Throwable[] failures = new Throwable[inPass.size()];

        Outcomes() {
            int row = 0;
            for (int i = 0; i < inPass.size(); i++) {
                Sequence sequence = inPass.get(i);
                int[] guesses = sequence.guesses();
                int end = row + sequence.rows() + guesses.length;
                Arrays.fill(sequences, row, end, i);
                row = end;
                guessed.add(guesses.length == 0
                        ? Optional.empty()
                        : Optional.of(new GuessedOutputs(sequence.head(), sequence.length() - 1, guesses,
                                forward.vocabularySize())));
            }
        }

        @Override
        public void accept(int row, float[] values, int offset, int worker) {
            int sequence = sequences[row];
            int position = batch.position(row);
            try {
                if (guessed.get(sequence).isPresent()) {
                    guessed.get(sequence).get().accept(position, values, offset, scratch[worker]);
                } else {
                    inPass.get(sequence).head().accept(position, values, offset, scratch[worker]);
                }
            } catch (Throwable e) {
                failures[sequence] = e;
            }
        }

        Optional<Throwable> failure(Sequence sequence) {
            return Optional.ofNullable(failures[inPass.indexOf(sequence)]);
        }
    }
}
