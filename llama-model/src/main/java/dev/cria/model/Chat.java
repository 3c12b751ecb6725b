package dev.cria.model;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import dev.cria.chat.Role;
import dev.cria.model.decoding.Decoding;
import dev.cria.model.decoding.Engine;
import dev.cria.model.decoding.Request;
import dev.cria.model.decoding.Settings;
import dev.cria.model.decoding.StrippedText;
import dev.cria.model.decoding.TextRun;
import dev.cria.model.transformer.KvCache;
import dev.cria.model.transformer.LoraSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A conversation. Say something with {@link #user}, set options, and get the answer with one of the endings of
 * {@link GenerationOptions}; then say the next thing. Options stay for the following turns; a {@link #seed} starts each
 * of them anew. The answer is stripped of white space at both ends.
 *
 * <p>The chat keeps the keys and values of what the model has read, so a turn processes only what is new.
 *
 * <p>A turn that was cancelled, timed out or failed, or whose stream was closed before its end, leaves the dialog as it
 * was before the turn, without the user's message; the ending still returns the text so far where it returns text.
 *
 * <p>One turn runs at a time. A chat is not thread-safe, but {@link #async} and {@link #publish} may be waited for from
 * any thread.
 */
public final class Chat extends GenerationOptions<Chat> {
    private final Inference inference;
    private final ChatTemplate template;
    private final AtomicBoolean isAnswering = new AtomicBoolean();

    private volatile List<Message> messages = List.of();
    private Optional<String> question = Optional.empty();
    private KvCache cache;
    private int[] cachedTokens = {};
    private LoraSet cachedAdapters = LoraSet.NONE;

    Chat(Inference inference, ChatTemplate template) {
        super(inference);
        this.inference = inference;
        this.template = template;
        cache = inference.forward().newCache();
    }

    /**
     * Sets the instructions that hold for the whole conversation. Setting others later makes the next turn process the
     * whole conversation again. Default: none.
     *
     * @param text the instructions
     * @return this
     * @throws IllegalStateException if a turn is still running
     */
    public Chat system(String text) {
        requireIdle();
        List<Message> changed = new ArrayList<>(messages);
        if (!changed.isEmpty() && changed.getFirst().role() == Role.SYSTEM) {
            changed.removeFirst();
        }
        changed.addFirst(Message.system(text));
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
        question = Optional.of(text);
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
     * @throws IllegalStateException if a turn is still running
     */
    public Chat reset() {
        requireIdle();
        messages = messages.stream().filter(message -> message.role() == Role.SYSTEM).toList();
        question = Optional.empty();
        return this;
    }

    /**
     * {@return a second chat with the same conversation and options, that goes its own way from here; its first turn
     * processes the whole conversation}
     */
    public Chat fork() {
        Chat fork = new Chat(inference, template);
        fork.copyOptions(this);
        fork.messages = messages;
        return fork;
    }

    private void requireIdle() {
        if (isAnswering.get()) {
            throw new IllegalStateException(
                    "a turn of this chat is still running: wait for its end, cancel it, or close its stream");
        }
    }

    @Override
    Chat self() {
        return this;
    }

    @Override
    Settings settings() {
        return settings(template.stops(), stopTokens(), false);
    }

    /** Control tokens have no text, so those among the template's stops have to be looked for as tokens. */
    private Set<Integer> stopTokens() {
        return inference.idsOf(template.stops());
    }

    @Override
    TextRun start(Settings settings) {
        inference.requireOpen();
        requireIdle();
        String user = question.orElseThrow(
                () -> new IllegalStateException("nothing to answer: call user(text) before each turn"));
        if (!isAnswering.compareAndSet(false, true)) {
            requireIdle();
        }
        question = Optional.empty();
        try {
            return new Turn(user, settings);
        } catch (RuntimeException | Error e) {
            isAnswering.set(false);
            throw e;
        }
    }

    /** Keeps of the cache what the prompt begins with, except the prompt's last token, whose logits are needed. */
    private void keepCommonBeginning(int[] prompt, LoraSet adapters) {
        if (!cachedAdapters.equals(adapters)) {
            cachedTokens = new int[0];
            cachedAdapters = adapters;
        }
        int mismatch = Arrays.mismatch(cachedTokens, prompt);
        int common = mismatch < 0 ? prompt.length : mismatch;
        cache.truncate(Math.min(common, prompt.length - 1));
    }

    /** A question on its way to its answer. */
    private final class Turn implements TextRun {
        private final List<Message> dialog;
        private final TextRun run;
        private final StrippedText stripped = new StrippedText();
        private final StringBuilder answer = new StringBuilder();
        private final ReentrantLock lock = new ReentrantLock();
        private String piece = "";
        private boolean ended;
        /** What computes the answer, unless a transcript gives it. */
        private @Nullable Decoding decoding;

        Turn(String user, Settings settings) {
            dialog = new ArrayList<>(messages);
            dialog.add(Message.user(user));
            Prompt prompt = template.render(new Dialog(dialog));
            Request request = new Request(Request.Kind.CHAT, prompt.text());
            run = inference.interceptor().generate(request, settings, () -> decode(request, prompt, settings));
        }

        private TextRun decode(Request request, Prompt prompt, Settings settings) {
            Engine engine = inference.openEngine();
            int[] tokens = prompt.encode(engine.tokenizer());
            inference.checkPrompt(tokens);
            keepCommonBeginning(tokens, settings.adapters());
            Decoding begun = new Decoding(engine, cache, request, tokens, settings);
            decoding = begun;
            return begun;
        }

        private int[] evaluatedTokens() {
            return decoding == null ? cachedTokens : decoding.evaluatedTokens();
        }

        @Override
        public boolean advance() {
            lock.lock();
            try {
                piece = "";
                while (!ended && piece.isEmpty()) {
                    if (run.advance()) {
                        piece = stripped.accept(run.piece());
                    } else {
                        finish();
                    }
                }
                answer.append(piece);
                return !piece.isEmpty();
            } catch (RuntimeException | Error e) {
                // what the cache holds after a failure is not known
                cache = inference.forward().newCache();
                cachedTokens = new int[0];
                end();
                throw e;
            } finally {
                lock.unlock();
            }
        }

        private void finish() {
            switch (run.result().finishReason()) {
                case STOP_TOKEN, STOP_STRING, MAX_TOKENS, CONTEXT_FULL -> {
                    dialog.add(Message.assistant(answer.toString()));
                    messages = List.copyOf(dialog);
                }
                case CANCELLED, TIMEOUT -> {
                }
            }
            cachedTokens = evaluatedTokens();
            end();
        }

        private void end() {
            if (!ended) {
                ended = true;
                isAnswering.set(false);
            }
        }

        @Override
        public String piece() {
            return piece;
        }

        @Override
        public GenerationResult result() {
            GenerationResult raw = run.result();
            return new GenerationResult(answer.toString(), raw.tokens(), raw.promptTokens(), raw.finishReason(),
                    raw.timings(), raw.logProbabilities(), raw.seed(), raw.prompt(), raw.options());
        }

        @Override
        public void cancel() {
            run.cancel();
        }

        @Override
        public void close() {
            cancel();
            lock.lock();
            try {
                if (!ended) {
                    cachedTokens = evaluatedTokens();
                    end();
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
