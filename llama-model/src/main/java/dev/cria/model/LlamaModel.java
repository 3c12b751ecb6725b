package dev.cria.model;

import dev.cria.chat.ChatTemplate;
import dev.cria.core.ActivationType;
import dev.cria.core.CriaException;
import dev.cria.core.Kernels;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import dev.cria.core.host.MachineMemory;
import dev.cria.model.config.KvType;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.decoding.TextModel;
import dev.cria.model.engine.Drafting;
import dev.cria.model.engine.Engine;
import dev.cria.model.engine.EngineLimits;
import dev.cria.model.events.FlightRecorder;
import dev.cria.model.events.Loading;
import dev.cria.model.events.Span;
import dev.cria.model.generation.GenerationOptions;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.generation.ModelStatistics;
import dev.cria.model.generation.TooManyRequestsException;
import dev.cria.model.loading.GgufModel;
import dev.cria.model.session.Conversation;
import dev.cria.model.session.Sessions;
import dev.cria.model.transformer.KvPage;
import dev.cria.model.transformer.LoraSet;
import dev.cria.model.transformer.Transformer;
import dev.cria.model.weights.Weights;
import dev.cria.quant.QuantType;
import dev.cria.tokenizer.Tokenizer;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner.Cleanable;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A Llama 2 model, ready to generate text.
 *
 * <pre>{@code
 * try (LlamaModel model = LlamaModel.load(Path.of("llama-2-7b-chat.Q4_0.gguf"))) {
 *     String answer = model.chat().user("Why is the sky blue?").maxTokens(128).text();
 * }
 * }</pre>
 *
 * <p>Thread-safe: any number of threads may generate at once. The model computes for all of them together, and each
 * gets the text that it would get alone. {@link #close} frees the weights; a generation that is under way then ends
 * with an {@link IllegalStateException}. A model that was never closed is freed, with a warning, some time after nobody
 * can reach it or anything that it made any more.
 */
public final class LlamaModel extends AnsweringModel {
    private final Weighed weighed;
    /** Frees what the model owns. */
    private final Runnable release;
    private boolean closed;

    /**
     * What views of a model share.
     *
     * @param file what it was loaded from
     * @param weights its weights
     * @param answers computes
     * @param sessions writes files and reads them
     */
    private record Weighed(ModelFile file, Weights weights, ComputedAnswers answers, Sessions sessions) {}

    private LlamaModel(ModelFile file, GgufModel model, ActivationType activations, ModelResources resources,
            Transformer transformer, EngineLimits limits, Drafting drafting, ChatTemplate template,
            LoraSet adapters) {
        // generations, chats and other models on the same weights refer to the transformer
        Cleanable forgotten = resources.freeWith(transformer);
        Engine engine = new Engine(transformer, limits, drafting, System::nanoTime);
        Weighed opened = new Weighed(file, transformer.weights(), new ComputedAnswers(
                new TextModel(engine, file.tokenizer(), file.endTokens(template)), adapters,
                file::requireInfillTokens), new Sessions(engine, adapters, model, activations, transformer.kvType()));
        this(opened, opened.answers, template, List.of(), new Lifetime(), () -> {
            // waits for the pass that is under way, so that nothing reads the weights any more
            engine.close();
            transformer.close();
            resources.close();
            forgotten.clean();
        });
    }

    private LlamaModel(Weighed weighed, Answers answers, ChatTemplate template,
            List<Consumer<? super TextRequest<?>>> defaults, Lifetime lifetime, Runnable release) {
        super(answers, template, defaults, lifetime);
        this.weighed = weighed;
        this.release = release;
    }

    /** {@return a model on the same weights, with somebody who sees every question first} */
    LlamaModel behind(UnaryOperator<Answers> first) {
        return new LlamaModel(weighed, first.apply(answers()), chatTemplate(), defaults(), lifetime().within(),
                () -> {});
    }

    /** {@return who computes, behind all that stands before it} */
    ComputedAnswers computed() {
        return weighed.answers;
    }

    /**
     * Loads a model with default settings.
     *
     * @param path a GGUF file or the first of its shards, a folder of Hugging Face's or Meta's layout or a file in it,
     *        or a llama2.c checkpoint with its tokenizer beside it
     * @return the model
     * @throws MalformedFileException if the file is broken or not of a supported kind; the message names what and where
     * @throws CriaException if the file cannot be read
     */
    public static LlamaModel load(Path path) {
        return builder(path).load();
    }

    /**
     * {@return settings for loading a model}
     *
     * @param path a GGUF file or the first of its shards, a folder of Hugging Face's or Meta's layout or a file in it,
     *        or a llama2.c checkpoint with its tokenizer beside it
     */
    public static Builder builder(Path path) {
        Objects.requireNonNull(path, "path must not be null");
        return new Builder(() -> ModelFile.open(path));
    }

    /**
     * Returns settings for loading a model from a stream, as for one that comes in a jar. Where there is a path to it
     * (of the jar's file system, say), {@link #builder(Path)} takes that as well. The model is kept in memory beside
     * what it is rearranged into, unless {@link WeightMemory#MAPPED} is chosen.
     *
     * @param gguf a GGUF file. {@link Builder#load} reads it to its end, so that only one model can be loaded, and does
     *        not close it
     * @param name what messages call it
     * @return the settings
     */
    public static Builder builder(InputStream gguf, String name) {
        Objects.requireNonNull(gguf, "gguf must not be null");
        Objects.requireNonNull(name, "name must not be null");
        return new Builder(() -> ModelFile.open(gguf, name));
    }

    /**
     * Returns settings for loading a model that is in memory already.
     *
     * @param gguf the content of a GGUF file, accessible by all threads. It is not copied, so it must stay as it is
     *        until the model is closed
     * @param name what messages call it
     * @return the settings
     */
    public static Builder builder(MemorySegment gguf, String name) {
        Objects.requireNonNull(gguf, "gguf must not be null");
        Objects.requireNonNull(name, "name must not be null");
        return new Builder(() -> ModelFile.open(gguf, name));
    }

    /** Where the weights are while the model runs. */
    public enum WeightMemory {
        /** In memory where they fit into 70 % of the machine's, otherwise in the file. */
        AUTO,
        /** In memory of their own, rearranged for speed: takes about as many bytes as the file, at most 6 % more. */
        PACKED,
        /** In the mapped file: takes no memory, may be larger than the machine's, and is several times slower. */
        MAPPED
    }

    /** How to load a model. */
    public static final class Builder {
        /**
         * Rows of a prompt that are processed together: enough to use every weight hundreds of times once it is
         * expanded.
         */
        private static final int PROMPT_CHUNK = 258;
        private static final double SHARE_OF_MEMORY = 0.7;

        private final Supplier<ModelFile> source;
        private int threads = Runtime.getRuntime().availableProcessors();
        private OptionalInt contextLength = OptionalInt.empty();
        private int promptChunk = PROMPT_CHUNK;
        private WeightMemory weightMemory = WeightMemory.AUTO;
        private Optional<QuantType> quantType = Optional.empty();
        private Optional<KvType> kvType = Optional.empty();
        private ActivationType activations = ActivationType.Q8;
        private Optional<ChatTemplate> template = Optional.empty();
        private Optional<Kernels> kernels = Optional.empty();
        private final SequencedMap<LoraAdapter, Float> adapters = new LinkedHashMap<>();
        private int maxConcurrent = EngineLimits.DEFAULT_CONCURRENT;
        private int queueLimit = EngineLimits.DEFAULT_QUEUE;
        private OptionalLong kvCacheBytes = OptionalLong.empty();
        private boolean prefixReuse = true;
        private boolean promptLookup = true;
        private Optional<LlamaModel> draft = Optional.empty();

        private Builder(Supplier<ModelFile> source) {
            this.source = source;
        }

        /**
         * Sets the number of threads that compute. The result of a generation does not depend on it.
         *
         * @param count at least 1; default: the processors of the machine
         * @return this
         */
        public Builder threads(int count) {
            threads = atLeastOne("threads", count);
            return this;
        }

        /**
         * Sets how many tokens prompt and answer may have together. Memory for them is taken as they come.
         *
         * @param tokens 1 to 16777216; default: the context that the model was trained on. More is allowed, but text
         *        beyond the trained context tends to be poor
         * @return this
         * @throws IllegalArgumentException if the number is out of range
         */
        public Builder contextLength(int tokens) {
            if (tokens > ModelConfig.LARGEST) {
                throw new IllegalArgumentException(
                        "context length must be at most " + ModelConfig.LARGEST + ", not " + tokens);
            }
            contextLength = OptionalInt.of(atLeastOne("context length", tokens));
            return this;
        }

        /**
         * Sets how many requests are computed at the same time; others wait for their turn, first come, first served.
         * Several together take much less time than one after another, but each of them takes longer than alone, and
         * memory for its keys and values. A generation whose reader does not read on does not count.
         *
         * @param requests at least 1; default 64
         * @return this
         * @throws IllegalArgumentException if the number is less than 1
         */
        public Builder maxConcurrent(int requests) {
            maxConcurrent = atLeastOne("maxConcurrent", requests);
            return this;
        }

        /**
         * Sets how many requests may wait for their turn. More are refused by a {@link TooManyRequestsException}.
         *
         * @param requests 0 or more; default 1000
         * @return this
         * @throws IllegalArgumentException if the number is negative
         */
        public Builder queueLimit(int requests) {
            if (requests < 0) {
                throw new IllegalArgumentException("queueLimit must be 0 or more, not " + requests);
            }
            queueLimit = requests;
            return this;
        }

        /**
         * Limits the memory for keys and values, of the requests that are computed and of prompts that are kept for
         * requests that begin alike. Where it is used up, kept prompts go first; then the request that came last goes
         * back into the queue and is computed again later, with the same result.
         *
         * @param bytes as many as a full context takes at least, about {@link KvType#bytes}; default: a quarter of the
         *        JVM's heap, or a full context where that is more, but not more than half of the heap
         * @return this
         * @throws IllegalArgumentException if the number is less than 1
         */
        public Builder kvCacheBytes(long bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("kvCacheBytes must be at least 1, not " + bytes);
            }
            kvCacheBytes = OptionalLong.of(bytes);
            return this;
        }

        /**
         * Sets whether the keys and values of prompts and answers are kept, within {@link #kvCacheBytes}, so that a
         * request that begins alike reads only the rest. The result does not depend on it.
         *
         * @param on default true
         * @return this
         */
        public Builder prefixReuse(boolean on) {
            prefixReuse = on;
            return this;
        }

        /**
         * Sets whether the next tokens of answers are guessed from prompt and answer so far, so that one pass can check
         * several: faster where an answer repeats what is there, as in a summary or a correction. The answers are the
         * same. Guesses are checked only while they come true often enough to be worth the measured time of a pass with
         * more rows, and while no prompt is read and fewer than 16 requests generate.
         *
         * @param on default true; a generation or chat may choose otherwise by {@link TextRequest#promptLookup}
         * @return this
         */
        public Builder promptLookup(boolean on) {
            promptLookup = on;
            return this;
        }

        /**
         * Has a smaller model guess the next tokens of answers, where the look-up has nothing to say, so that one pass
         * can check several. The answers are the same. It is asked only while that is worth its time.
         *
         * <p>The smaller model computes in this one's engine, with adapters if it was loaded with any; it need not have
         * those of this model. Its keys and values are not part of {@link #kvCacheBytes}: for this model it uses at
         * most as many bytes as were set for itself. It may be used for something else too, but each then waits for the
         * other. It stays yours to close, after this one; once it is closed this one goes on without it.
         *
         * @param smaller a model with the same vocabulary
         * @return this
         */
        public Builder draft(LlamaModel smaller) {
            draft = Optional.of(Objects.requireNonNull(smaller, "draft must not be null"));
            return this;
        }

        /**
         * Sets how keys and values are kept: as floats, or rounded to take less memory. {@link KvType#Q8} takes about
         * half as much as {@link KvType#F16}, and changes a text a little more.
         *
         * @param type default: {@link KvType#defaultFor}, floats unless a full context of them takes more than 1 GiB
         * @return this
         */
        public Builder kvType(KvType type) {
            kvType = Optional.of(Objects.requireNonNull(type, "kvType must not be null"));
            return this;
        }

        /**
         * Sets how the inputs of products with weights of 4 to 6 bits are kept meanwhile: Q4_0, Q4_1, Q5_0, Q5_1, Q4_K,
         * Q5_K and Q6_K. Other weights are always multiplied with floats.
         *
         * @param type default {@link ActivationType#Q8}, as in llama.cpp; {@link ActivationType#F32} is slower and as
         *        exact as the weights are
         * @return this
         */
        public Builder activations(ActivationType type) {
            activations = Objects.requireNonNull(type, "activations must not be null");
            return this;
        }

        /**
         * Sets how many tokens of a prompt are processed together. The result does not depend on it; smaller chunks
         * take less memory and more time.
         *
         * @param tokens at least 1; default 258. Where this is more than a prompt has, the prompt is one chunk
         * @return this
         * @throws IllegalArgumentException if the number is less than 1
         */
        public Builder promptChunk(int tokens) {
            promptChunk = atLeastOne("prompt chunk", tokens);
            return this;
        }

        /**
         * Sets where the weights are while the model runs. The result does not depend on it.
         *
         * @param memory default {@link WeightMemory#AUTO}
         * @return this
         */
        public Builder weightMemory(WeightMemory memory) {
            weightMemory = Objects.requireNonNull(memory, "weightMemory must not be null");
            return this;
        }

        /**
         * Brings the weights of an unquantised model into another storage format while they are loaded, so that they
         * take less memory and less time. The result is that of a file in which every matrix, the embedding included,
         * is stored in this format; norms stay floats. A model that is quantised in this format already is loaded as it
         * is.
         *
         * @param type default: the format of the file
         * @return this
         */
        public Builder quantize(QuantType type) {
            quantType = Optional.of(Objects.requireNonNull(type, "quantize must not be null"));
            return this;
        }

        /**
         * Sets how dialogs are written down for the model.
         *
         * @param chatTemplate one of Cria's or one of your own; default: chosen from the file
         * @return this
         */
        public Builder chatTemplate(ChatTemplate chatTemplate) {
            template = Optional.of(Objects.requireNonNull(chatTemplate, "chatTemplate must not be null"));
            return this;
        }

        /**
         * Sets how dialogs are written down for the model.
         *
         * @param name one of {@link ChatTemplate#names()}; default: chosen from the file
         * @return this
         * @throws IllegalArgumentException if there is no template of this name; the message lists the names
         */
        public Builder chatTemplate(String name) {
            return chatTemplate(ChatTemplate.named(Objects.requireNonNull(name, "chatTemplate must not be null")));
        }

        /**
         * Sets the kernels that compute. The result does not depend on them.
         *
         * @param implementation default {@link Kernels#best()}
         * @return this
         */
        public Builder kernels(Kernels implementation) {
            kernels = Optional.of(Objects.requireNonNull(implementation, "kernels must not be null"));
            return this;
        }

        /**
         * Changes the model by a LoRA adapter; its weights stay as they are. May be called for several adapters, whose
         * changes add up. It holds for everything the model does, unless a generation or a chat chooses otherwise with
         * {@link TextRequest#lora} or {@link TextRequest#withoutLora}. Default: none.
         *
         * @param adapter the adapter
         * @param scale how much of the change is wanted: 1 is what it was trained for, 0 none; finite
         * @return this
         * @throws IllegalArgumentException if the scale is infinite or not a number
         */
        public Builder lora(LoraAdapter adapter, double scale) {
            adapters.put(Objects.requireNonNull(adapter, "adapter must not be null"), LoraAdapter.checkedScale(scale));
            return this;
        }

        private static int atLeastOne(String what, int value) {
            if (value < 1) {
                throw new IllegalArgumentException(what + " must be at least 1, not " + value);
            }
            return value;
        }

        /**
         * Loads the model.
         *
         * @return the model
         * @throws MalformedFileException if the file is broken or not of a supported kind; the message names what and
         *     where
         * @throws CriaException if the file cannot be read, the weights do not fit into memory, a LoRA adapter does not
         *         fit the model, the {@link #draft} has another vocabulary, or {@link #quantize} asks for a format that
         *         the weights cannot be brought into
         * @throws IllegalStateException if the {@link #draft} has been closed, or {@link #quantize} is set together
         *     with {@link WeightMemory#MAPPED}: no file has such weights
         */
        public LlamaModel load() {
            if (quantType.isPresent() && weightMemory == WeightMemory.MAPPED) {
                throw new IllegalStateException(
                        "weights that are quantised while they are loaded cannot stay in the file: "
                                + "leave out quantize or WeightMemory.MAPPED");
            }
            Span<Loading> span = FlightRecorder.loading();
            ModelFile file = source.get();
            ModelResources resources = new ModelResources(file, threads);
            try {
                Drafting drafting = new Drafting(promptLookup, draft.map(smaller -> DraftModels.of(smaller, file)));
                GgufModel model = quantType.map(file::quantized).orElse(file.model());
                boolean packs = packs(file, model.bytes(), MachineMemory.bytes());
                Kernels chosen = kernels.orElseGet(Kernels::best);
                Weights weights = model.load(packs, activations, chosen, resources.team(), resources.arena());
                int context = contextLength.orElse(file.config().contextLength());
                Transformer transformer = new Transformer(file.config(), weights, chosen, resources.team(), context,
                        kvType.orElseGet(() -> KvType.defaultFor(file.config(), context)), promptChunk);
                LoraSet set = LoraSet.NONE;
                for (Map.Entry<LoraAdapter, Float> adapter : adapters.entrySet()) {
                    set = set.with(transformer.prepare(adapter.getKey().content()), adapter.getValue());
                }
                LlamaModel loaded = new LlamaModel(file, model, activations, resources, transformer,
                        limits(transformer), drafting, template.orElseGet(file::chatTemplate), set);
                span.end(new Loading(FileFailure.name(file.path()), file.weightBytes(), context, threads));
                return loaded;
            } catch (RuntimeException | Error e) {
                resources.close();
                if (e instanceof OutOfMemoryError) {
                    throw new CriaException(
                            FileFailure.name(file.path()) + ": there is not enough memory for " + file.weightBytes()
                                    + " bytes of weights; load it with WeightMemory.MAPPED",
                            e);
                }
                throw e;
            }
        }

        private EngineLimits limits(Transformer transformer) {
            int pages = (transformer.contextLength() + KvPage.POSITIONS - 1) / KvPage.POSITIONS;
            long context = pages * transformer.pageBytes();
            if (kvCacheBytes.isPresent() && kvCacheBytes.getAsLong() < context) {
                throw new IllegalArgumentException("kvCacheBytes is " + kvCacheBytes.getAsLong()
                        + ", but the keys and values of one full context of " + transformer.contextLength()
                        + " tokens take " + context + ": raise it, or lower contextLength");
            }
            return new EngineLimits(maxConcurrent, queueLimit, kvCacheBytes.orElseGet(
                    () -> EngineLimits.defaultKvCacheBytes(context, Runtime.getRuntime().maxMemory())), prefixReuse);
        }

        /** Refuses what the operating system would promise and then not have, which ends the whole process. */
        private boolean packs(ModelFile file, long bytes, long memory) {
            long held = file.model().bytesInMemory();
            boolean packs = quantType.isPresent() || weightMemory == WeightMemory.PACKED
                    || (weightMemory == WeightMemory.AUTO && bytes + held < SHARE_OF_MEMORY * memory);
            if (packs && bytes + held >= memory) {
                throw new CriaException(FileFailure.name(file.path()) + ": the weights take " + bytes + " bytes"
                        + (held > 0 ? " beside the " + held + " that are in memory already" : "")
                        + ", but the machine has " + memory + " bytes of memory; load " + (quantType.isPresent()
                                ? "a file that has been quantised before"
                                : "it")
                        + " with WeightMemory.AUTO or MAPPED");
            }
            return packs;
        }
    }

    @Override
    public LlamaModel withDefaults(GenerationOptions defaults) {
        Objects.requireNonNull(defaults, "defaults must not be null");
        return withDefaults(request -> request.options(defaults));
    }

    @Override
    public LlamaModel withDefaults(Consumer<? super TextRequest<?>> defaults) {
        return new LlamaModel(weighed, answers(), chatTemplate(), defaultsAnd(defaults), lifetime().within(), () -> {});
    }

    @Override
    public LlamaModel withListener(Consumer<? super GenerationResult> listener) {
        Objects.requireNonNull(listener, "listener must not be null");
        return behind(answers -> new ListenedAnswers(answers, listener));
    }

    @Override
    void save(Path file, Conversation chat, AdapterChoice adapters) {
        weighed.sessions.saveChat(file, chat, computed().adapters(adapters));
    }

    /**
     * Reads a chat that {@link Chat#save} has written, perhaps in another run of the program. It goes on as the saved
     * one would have, with the same tokens, and does not read again what that had read, as far as {@code kvCacheBytes}
     * has room for its keys and values; those that were not used for the longest time make room. A model with
     * {@code prefixReuse(false)} takes the messages and options, and reads the conversation again.
     *
     * <p>The model must have the same sizes and weights, {@link Builder#activations}, {@link Builder#kvType} and chat
     * template as the one that saved the chat, and the same adapters and scales as the chat. The options are those of
     * the file; {@link #withDefaults} has no bearing.
     *
     * @param file the file
     * @return the chat
     * @throws MalformedFileException if the file is damaged, cut, or no saved chat; nothing of it is kept then
     * @throws CriaException if another model saved it, or it cannot be read; the message names what differs
     * @throws IllegalStateException if the model has been closed
     */
    public Chat restoreChat(Path file) {
        Objects.requireNonNull(file, "file must not be null");
        lifetime().requireOpen();
        return weighed.sessions.restoreChat(file, saved -> Chat.restored(this, file, saved));
    }

    /**
     * Writes the keys and values that the model has kept of prompts and answers, so that another run of the program
     * need not read the same beginnings again. Texts with other adapters than the model's own are left out. Other
     * requests go on meanwhile; the file has what was kept when this was called.
     *
     * <p>The file is written beside its place and moved there when it is complete. It has the texts, as token ids.
     *
     * @param file where; a file that is there is replaced
     * @throws CriaException if the file cannot be written, or the model was loaded with {@code prefixReuse(false)}
     * @throws IllegalStateException if the model has been closed
     */
    public void savePrefixes(Path file) {
        Objects.requireNonNull(file, "file must not be null");
        lifetime().requireOpen();
        weighed.sessions.savePrefixes(file);
    }

    /**
     * Reads what {@link #savePrefixes} has written. Requests that begin alike then read only the rest. Where
     * {@code kvCacheBytes} has no room for all, the texts that were used last before they were saved come first; what
     * this model has kept and not used for the longest time makes room.
     *
     * @param file the file
     * @throws MalformedFileException if the file is damaged, cut, or no file of prefixes; nothing of it is kept then
     * @throws CriaException if a model of other sizes, weights, activations, type of keys and values or adapters saved
     *         it, this one was loaded with {@code prefixReuse(false)}, or the file cannot be read
     * @throws IllegalStateException if the model has been closed
     */
    public void loadPrefixes(Path file) {
        Objects.requireNonNull(file, "file must not be null");
        lifetime().requireOpen();
        weighed.sessions.loadPrefixes(file);
    }

    /**
     * Measures how well the model foretells a long text, by llama.cpp's definition.
     *
     * @param text the text, at least twice as many tokens as the context; BOS is put in front of it where the model
     *        wants it
     * @param context tokens of the chunks into which the text is cut, 3 to {@link #contextLength()}; llama.cpp's
     *        default is 512. Only perplexities of the same text and context can be compared
     * @return the perplexity
     * @throws IllegalArgumentException if the context is too small, or larger than the model's
     * @throws CriaException if the text is too short, or the thread is interrupted
     * @throws IllegalStateException if the model has been closed
     */
    public Perplexity perplexity(String text, int context) {
        return perplexity(text, context, (soFar, chunks) -> {});
    }

    /**
     * Measures how well the model foretells a long text, by llama.cpp's definition, and says how far it has come.
     *
     * @param text the text, at least twice as many tokens as the context; BOS is put in front of it where the model
     *        wants it
     * @param context tokens of the chunks into which the text is cut, 3 to {@link #contextLength()}; llama.cpp's
     *        default is 512. Only perplexities of the same text and context can be compared
     * @param listener receives the result so far after each chunk
     * @return the perplexity
     * @throws IllegalArgumentException if the context is too small, or larger than the model's
     * @throws CriaException if the text is too short, or the thread is interrupted
     * @throws IllegalStateException if the model has been closed
     */
    public Perplexity perplexity(String text, int context, PerplexityListener listener) {
        Objects.requireNonNull(text, "text must not be null");
        Objects.requireNonNull(listener, "listener must not be null");
        lifetime().requireOpen();
        return weighed.answers.perplexity(text, context, listener);
    }

    /**
     * Asks how probable each of several continuations of a prompt is to the model, as when it has to choose among
     * them. The prompt is read once.
     *
     * @param prompt token ids, at least one, as they are: BOS is not added
     * @param continuations token ids of each, at least one
     * @return the natural logarithm of the probability of each whole continuation, given the prompt
     * @throws IllegalArgumentException if there is no id, or one is not in the vocabulary
     * @throws ContextOverflowException if prompt and continuation together have more tokens than the context
     * @throws IllegalStateException if the model has been closed
     */
    public List<Double> scoreContinuations(int[] prompt, List<int[]> continuations) {
        Objects.requireNonNull(prompt, "prompt must not be null");
        Objects.requireNonNull(continuations, "continuations must not be null");
        lifetime().requireOpen();
        return weighed.answers.scoreContinuations(prompt, continuations);
    }

    /**
     * Computes the logits after every token of a sequence.
     *
     * @param tokens token ids, as they are: BOS is not added
     * @param listener receives the logits, position by position
     * @throws IllegalArgumentException if there is no id or one is not in the vocabulary
     * @throws ContextOverflowException if there are more ids than the context has room for
     * @throws IllegalStateException if the model has been closed
     */
    public void logits(int[] tokens, LogitsListener listener) {
        Objects.requireNonNull(tokens, "tokens must not be null");
        Objects.requireNonNull(listener, "listener must not be null");
        lifetime().requireOpen();
        weighed.answers.logits(tokens.clone(), listener);
    }

    /** {@return the model's tokenizer} */
    public Tokenizer tokenizer() {
        return weighed.file.tokenizer();
    }

    /** {@return the model's sizes} */
    public ModelConfig config() {
        return weighed.file.config();
    }

    /**
     * {@return the weights, as for training adapters; valid until the model is closed, or can no longer be reached}
     *
     * @throws IllegalStateException if the model has been closed, or was loaded with adapters, whose changes are not in
     *     the weights
     */
    public Weights weights() {
        lifetime().requireOpen();
        if (!weighed.answers.adapters().isEmpty()) {
            throw new IllegalStateException(
                    "the weights of a model that was loaded with LoRA adapters do not have their changes;"
                            + " load it without them");
        }
        return weighed.weights;
    }

    /**
     * {@return what the model does at this moment, and has done since it was loaded; of a model made from another one,
     * what both did}
     */
    public ModelStatistics statistics() {
        return weighed.answers.statistics();
    }

    /**
     * {@return the ids that a text becomes for {@link #score(String)} and {@link #embed(String)}, BOS and EOS included
     * where the model wants them; {@link #generate(String)} leaves EOS out, because it goes on with the text}
     *
     * @param prompt a text
     */
    public int[] promptTokens(String prompt) {
        return weighed.answers.textTokens(Objects.requireNonNull(prompt, "prompt must not be null"));
    }

    /**
     * Frees the weights, unless the model shares them with the one it was made from. Generations that are under way end
     * with an {@link IllegalStateException}, also those that wait for a subscriber's request. May be called again.
     */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            try {
                lifetime().end();
            } finally {
                release.run();
            }
        }
    }
}
