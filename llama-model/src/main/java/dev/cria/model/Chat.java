package dev.cria.model;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Role;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import dev.cria.model.decoding.Settings;
import dev.cria.model.decoding.StrippedText;
import dev.cria.model.decoding.TextRun;
import dev.cria.model.generation.CancellationToken;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.session.Conversation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A conversation. Say something with {@link #user}, set options, and get the answer with one of the endings of
 * {@link TextRequest}; then say the next thing. Options stay for the following turns; a {@link #seed} starts each
 * of them anew. The answer is stripped of white space at both ends.
 *
 * <p>The model keeps the keys and values of what it has read, as far as there is memory for them, so a turn processes
 * only what is new.
 *
 * <p>A turn that was cancelled, timed out or failed, or whose stream was closed before its end, leaves the dialog as it
 * was before the turn, without the user's message; the ending still returns the text so far where it returns text.
 *
 * <p>One turn runs at a time. The next turn, {@link #reset} and {@link #system} need the chat for themselves, and what
 * they do with a turn that has not ended depends on whether somebody waits for its text:
 * <ul>
 * <li>A turn that somebody waits for makes them throw an {@link IllegalStateException}: a thread is in one of the
 * endings that return the result, or reads a piece of a stream; a future is not complete, and its task has begun; a
 * subscriber has asked for more pieces than it was given.
 * <li>For a turn that was told to stop they wait until it has: its future was cancelled or completed by somebody else,
 * its subscription or its {@link CancellationToken} was cancelled, its time is over, its thread was interrupted. That
 * takes no longer than a layer of the model.
 * <li>Any other turn is lost, and they end it: a stream or an iterator between two pieces, whether somebody still has
 * it or not; a task that an executor has not begun; a subscriber that has all it has asked for. Whoever comes back to
 * it is told so by an {@link IllegalStateException}: the next piece of the stream, the future, the subscriber.
 * </ul>
 *
 * <p>Each ending takes the question and the options when it is called. A publisher is a turn to come: it begins when
 * somebody subscribes, and goes on from what has been said by then. Several publishers are so many questions. A
 * publisher can be subscribed to again after its turn was cancelled or has failed, which asks the same with the same
 * seed, but not after it was answered.
 *
 * <p>A chat is not thread-safe, but {@link #async} and {@link #publish} may be waited for, and publishers subscribed
 * to, from any thread.
 */
public final class Chat extends TextRequest<Chat> {
    private final AnsweringModel model;
    private final ChatTemplate template;
    private final ReentrantLock turns = new ReentrantLock();
    /** The turn that has not ended, if there is one. */
    private volatile Optional<Turn> running = Optional.empty();

    private volatile List<Message> messages = List.of();
    /** The oldest messages that the model no longer reads, system messages not counted. */
    private volatile int dropped;
    private Optional<String> question = Optional.empty();
    private String beginning = "";
    private ContextOverflow contextOverflow = ContextOverflow.STOP;
    /** The tokens of the last turn, whose keys and values the model may have kept. */
    private volatile List<Integer> read = List.of();

    /** @param messages the conversation so far */
    Chat(AnsweringModel model, ChatTemplate template, List<Message> messages) {
        super(model);
        this.model = model;
        this.template = template;
        this.messages = List.copyOf(messages);
    }

    /**
     * Sets the instructions that hold for the whole conversation. Setting others later makes the next turn process the
     * whole conversation again. Default: none.
     *
     * @param text the instructions
     * @return this
     * @throws IllegalStateException if somebody waits for a turn that is still running
     */
    public Chat system(String text) {
        Message message = Message.system(Objects.requireNonNull(text, "text must not be null"));
        makeRoom();
        List<Message> changed = new ArrayList<>(messages);
        if (!changed.isEmpty() && changed.getFirst().role() == Role.SYSTEM) {
            changed.removeFirst();
        }
        changed.addFirst(message);
        messages = List.copyOf(changed);
        return this;
    }

    /**
     * Sets what the user says in the next turn. A second call before the turn replaces the first.
     *
     * @param text the user's message
     * @return this
     */
    public Chat user(String text) {
        question = Optional.of(Objects.requireNonNull(text, "text must not be null"));
        return this;
    }

    /**
     * Sets how the answer of the next turn begins; the model goes on with it. What the turn returns is what the model
     * adds, white space in front of it included; {@link #messages} has the whole answer. The text should not end with
     * the space between two words, which models write before the second.
     *
     * @param text the first words of the answer; blank text is none
     * @return this
     */
    public Chat prefill(String text) {
        beginning = Objects.requireNonNull(text, "text must not be null");
        return this;
    }

    /**
     * Sets what happens when the conversation has outgrown the context. Default {@link ContextOverflow#STOP}.
     *
     * @param choice what happens
     * @return this
     */
    public Chat contextOverflow(ContextOverflow choice) {
        contextOverflow = Objects.requireNonNull(choice, "contextOverflow must not be null");
        return this;
    }

    /**
     * {@return the conversation so far: the system message if there is one, then questions and their answers in turn;
     * without a question that has not been answered}
     */
    public List<Message> messages() {
        return messages;
    }

    /**
     * Forgets the conversation, but not the system message and the options.
     *
     * @return this
     * @throws IllegalStateException if somebody waits for a turn that is still running
     */
    public Chat reset() {
        makeRoom();
        messages = messages.stream().filter(message -> message.role() == Role.SYSTEM).toList();
        question = Optional.empty();
        beginning = "";
        dropped = 0;
        read = List.of();
        return this;
    }

    /**
     * {@return a second chat with the same conversation and options, that goes its own way from here; like this
     * one, it processes only what is new}
     */
    public Chat fork() {
        Chat fork = new Chat(model, template, messages);
        fork.copyOptions(this);
        fork.dropped = dropped;
        fork.contextOverflow = contextOverflow;
        fork.read = read;
        return fork;
    }

    /**
     * Writes the chat into a file, so that {@link LlamaModel#restoreChat} goes on with it, perhaps in another run of
     * the program: its messages and options, and the keys and values of what it has read, as far as the model has kept
     * them. What is asked next with {@link #user} or {@link #prefill}, {@link #cancelOn} and {@link #onResult} are not
     * part of it; of adapters the file has the names, hashes and scales.
     *
     * <p>The file is written beside its place and moved there when it is complete. Its size is about that of the keys
     * and values, see {@link dev.cria.model.config.KvType#bytes}. Whoever can read it can read the conversation.
     *
     * @param file where; a file that is there is replaced
     * @throws IllegalStateException if a turn has not ended, the model has been closed, or it is one that was recorded
     *     and has no keys and values
     * @throws dev.cria.core.CriaException if the file cannot be written
     */
    public void save(Path file) {
        Objects.requireNonNull(file, "file must not be null");
        model.lifetime().requireOpen();
        if (running.isPresent()) {
            throw new IllegalStateException("a turn of this chat has not ended: read it to its end, or cancel it and"
                    + " close its stream, before the chat is saved");
        }
        model.save(file, new Conversation(template.name(), messages, dropped, contextOverflow.name(), options(), read),
                adapters());
    }

    /** {@return a chat that was saved} */
    static Chat restored(AnsweringModel model, Path file, Conversation saved) {
        Chat chat = new Chat(model, model.chatTemplate(), saved.messages());
        if (!chat.template.name().equals(saved.template())) {
            throw new CriaException(FileFailure.name(file) + ": template: it was saved with " + saved.template()
                    + ", but the model has " + chat.template.name() + ": load it with the same chatTemplate");
        }
        chat.contextOverflow = Arrays.stream(ContextOverflow.values())
                .filter(choice -> choice.name().equals(saved.contextOverflow())).findFirst()
                .orElseThrow(() -> new MalformedFileException(file, "contextOverflow must be one of "
                        + Arrays.toString(ContextOverflow.values()) + ", but is " + saved.contextOverflow()));
        try {
            chat.options(saved.options());
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(file, "options: " + e.getMessage(), e);
        }
        chat.dropped = saved.droppedMessages();
        chat.read = saved.read();
        return chat;
    }

    @Override
    Chat self() {
        return this;
    }

    @Override
    Prepared prepare() {
        if (question.isEmpty() && !isAsked()) {
            throw new IllegalStateException("nothing to answer: call user(text) before each turn");
        }
        List<Message> asked = Stream.concat(question.stream().map(Message::user),
                Stream.of(Message.assistant(beginning))).toList();
        ContextOverflow overflow = contextOverflow;
        question = Optional.empty();
        beginning = "";
        AtomicBoolean answered = new AtomicBoolean();
        return prepared(false,
                overflow == ContextOverflow.STOP ? Map.of() : Map.of("contextOverflow", overflow.toString()),
                (settings, adapters, reader) -> begin(asked, settings, adapters, overflow, reader, answered));
    }

    /** {@return whether the conversation ends with something to answer} */
    private boolean isAsked() {
        return !messages.isEmpty() && switch (messages.getLast().role()) {
            case USER, TOOL -> true;
            case SYSTEM, ASSISTANT -> false;
        };
    }

    /** Begins a turn: a question and the beginning of its answer, which may be blank. */
    private TextRun begin(List<Message> asked, Settings settings, AdapterChoice adapters, ContextOverflow overflow,
            Reader reader, AtomicBoolean answered) {
        makeRoom(); // refuses what a turn itself begins, before it would wait for who waits for that turn
        turns.lock();
        try {
            if (answered.get()) {
                throw new IllegalStateException(
                        "this turn of the chat has been answered: call user(text) and publish() for another");
            }
            makeRoom();
            Turn turn = new Turn(asked, settings, adapters, overflow, reader, answered);
            running = Optional.of(turn);
            return turn;
        } finally {
            turns.unlock();
        }
    }

    /** Ends what is left of the turn before, unless somebody waits for its text. */
    @Override
    void makeRoom() {
        // whoever hears that a turn was ended may begin another
        for (Optional<Turn> before = running; before.isPresent(); before = running) {
            before.get().giveWay();
        }
    }

    /** A question on its way to its answer. */
    private final class Turn implements TextRun {
        private final Reader reader;
        private final AtomicBoolean answered;
        private final Dialog dialog;
        private final TextRun run;
        private final StrippedText stripped;
        private final StringBuilder answer = new StringBuilder();
        private final ReentrantLock lock = new ReentrantLock();
        private String piece = "";
        private boolean complete;
        /** Whether the chat has gone on: from then on the turn changes nothing of it. */
        private boolean left;
        /** Whether the chat goes on without the turn, of which whoever is still in it must hear. */
        private volatile boolean givenUp;
        /** Why no more text can be had. */
        private @Nullable IllegalStateException broken;

        Turn(List<Message> asked, Settings settings, AdapterChoice adapters, ContextOverflow overflow, Reader reader,
                AtomicBoolean answered) {
            this.reader = reader;
            this.answered = answered;
            dialog = new Dialog(Stream.concat(messages.stream(), asked.stream()).toList());
            stripped = new StrippedText(dialog.isContinued());
            model.lifetime().requireOpen();
            Query query = new Query.Turn(dialog, template, template.render(dialog), overflow, dropped);
            run = new OpenRun(model.answers().ask(query).begin(settings, adapters, reader.ahead()), model.lifetime(),
                    settings.cancellation());
        }

        @Override
        public boolean advance() {
            lock.lock();
            try {
                requireUnbroken();
                piece = "";
                while (!complete && piece.isEmpty()) {
                    if (run.advance()) {
                        piece = stripped.accept(run.piece());
                    } else if (givenUp) {
                        throw lost();
                    } else {
                        complete();
                    }
                }
                answer.append(piece);
                return !piece.isEmpty();
            } catch (Throwable e) {
                fail(e);
                throw e;
            } finally {
                lock.unlock();
            }
        }

        private void requireUnbroken() {
            if (broken != null) {
                throw broken;
            }
        }

        private void complete() {
            complete = true;
            if (left) {
                return;
            }
            switch (run.result().finishReason()) {
                case STOP_TOKEN, STOP_STRING, MAX_TOKENS, CONTEXT_FULL -> {
                    messages = answeredDialog();
                    dropped = run.result().droppedMessages();
                    read = Stream.of(run.result().promptTokens(), run.result().tokens()).flatMap(List::stream)
                            .toList();
                    answered.set(true);
                }
                case CANCELLED, TIMEOUT -> {
                }
            }
            leave();
        }

        private List<Message> answeredDialog() {
            List<Message> all = new ArrayList<>(dialog.messages());
            String begun = dialog.isContinued() ? all.removeLast().content() : "";
            all.add(Message.assistant(begun + answer));
            return List.copyOf(all);
        }

        private void fail(Throwable cause) {
            if (left) {
                return;
            }
            leave();
            broken = givenUp
                    ? lost()
                    : new IllegalStateException("this turn of the chat has failed: ask again", cause);
        }

        private void leave() {
            if (!left) {
                left = true;
                running = Optional.empty();
            }
        }

        /** Lets the chat go on without the turn, once a pass that is under way has come to its next layer. */
        void giveWay() {
            boolean hasNoTime = timeLeft().map(time -> !time.isPositive()).orElse(false);
            Reader.State state = hasNoTime ? Reader.State.LEAVING : reader.state();
            if (state == Reader.State.WAITING || lock.isHeldByCurrentThread()) {
                throw new IllegalStateException(
                        "a turn of this chat is still running: wait for its end, cancel it, or close its stream");
            }
            givenUp = state == Reader.State.AWAY;
            cancel();
            lock.lock();
            try {
                if (left) {
                    return;
                }
                leave();
                if (state == Reader.State.LEAVING) {
                    return;
                }
                broken = lost();
                run.close();
            } finally {
                lock.unlock();
            }
            reader.ended(lost());
        }

        private static IllegalStateException lost() {
            return new IllegalStateException("the chat went on before this turn had ended: read a stream to its end,"
                    + " wait for a future, and ask a publisher for all pieces, before the next turn");
        }

        @Override
        public String piece() {
            return piece;
        }

        @Override
        public GenerationResult result() {
            requireUnbroken();
            GenerationResult raw = run.result();
            return new GenerationResult(answer.toString(), raw.tokens(), raw.promptTokens(), raw.finishReason(),
                    raw.timings(), raw.logProbabilities(), raw.seed(), raw.prompt(), raw.options(),
                    raw.droppedMessages());
        }

        @Override
        public Optional<Duration> timeLeft() {
            return run.timeLeft();
        }

        @Override
        public void cancel() {
            run.cancel();
        }

        @Override
        public void close() {
            run.close();
            lock.lock();
            try {
                leave();
            } finally {
                lock.unlock();
            }
        }
    }
}
