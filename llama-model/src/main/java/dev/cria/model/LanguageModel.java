package dev.cria.model;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Message;
import dev.cria.core.CriaException;
import dev.cria.model.generation.GenerationOptions;
import dev.cria.model.generation.GenerationResult;
import java.util.List;
import java.util.function.Consumer;

/**
 * Something that continues texts, answers in conversations, scores and embeds: a {@link LlamaModel}, or what was
 * recorded of one, see {@link Transcript#replay()}. Write code against it that should run with either, as under test.
 *
 * <p>Thread-safe: any number of threads may ask at once.
 */
public interface LanguageModel extends AutoCloseable {
    /**
     * Begins the continuation of a text. Set options, then choose an ending, as in
     * {@code generate("Once upon a time").maxTokens(64).text()}.
     *
     * @param prompt the text to continue; BOS is put in front of it where the model wants it. The empty text becomes
     *        BOS alone
     * @return the generation
     * @throws ContextOverflowException if the prompt has more tokens than the context
     * @throws IllegalStateException if the model has been closed
     */
    Generation generate(String prompt);

    /**
     * Begins the continuation of token ids, for prompts that are not plain text.
     *
     * @param prompt token ids, at least one, as they are: BOS is not added
     * @return the generation
     * @throws IllegalArgumentException if there is no id or one is not in the vocabulary
     * @throws ContextOverflowException if there are more ids than the context has room for
     * @throws IllegalStateException if the model has been closed
     */
    Generation generate(int[] prompt);

    /**
     * Begins the text between two others, for models that were taught infilling, such as Code Llama 7B and 13B. The
     * text keeps the white space at its ends, so that it fits between the two, and ends by itself where the gap is
     * filled.
     *
     * @param prefix text before the gap, may be empty
     * @param suffix text after the gap, may be empty
     * @return the generation
     * @throws CriaException if the model has no infilling tokens
     * @throws ContextOverflowException if both texts together have more tokens than the context
     * @throws IllegalStateException if the model has been closed
     */
    Generation infill(String prefix, String suffix);

    /**
     * {@return a new conversation, which remembers what was said}
     *
     * @throws IllegalStateException if the model has been closed
     */
    Chat chat();

    /**
     * Begins a conversation from messages that somebody else keeps. If the last one comes from the user, or from a
     * tool, an ending answers it; otherwise {@link Chat#user} asks first. What an earlier conversation with the same
     * beginning has read is not read again.
     *
     * @param messages the conversation so far, system messages included
     * @return the conversation
     * @throws IllegalStateException if the model has been closed
     */
    Chat chat(List<Message> messages);

    /**
     * Asks how probable a text is to the model.
     *
     * @param text the text; BOS is put in front of it where the model wants it
     * @return the log-probability of each of its tokens
     * @throws ContextOverflowException if the text has more tokens than the context
     * @throws IllegalStateException if the model has been closed
     */
    Score score(String text);

    /**
     * Asks how probable a sequence of tokens is to the model.
     *
     * @param tokens token ids, as they are: BOS is not added
     * @return the log-probability of each after the first
     * @throws IllegalArgumentException if there is no id or one is not in the vocabulary
     * @throws ContextOverflowException if there are more ids than the context has room for
     * @throws IllegalStateException if the model has been closed
     */
    Score score(int[] tokens);

    /**
     * Asks how probable each of several texts is to the model. They are computed together, which takes less time than
     * one after another.
     *
     * @param texts the texts; BOS is put in front of each where the model wants it
     * @return the log-probability of each of its tokens, for each text in their order
     * @throws ContextOverflowException if a text has more tokens than the context
     * @throws IllegalStateException if the model has been closed
     */
    List<Score> scoreAll(List<String> texts);

    /**
     * Places a text in a space where texts of similar meaning lie close together, as far as a model that was trained to
     * continue texts can tell: the mean of its hidden states.
     *
     * @param text the text; BOS is put in front of it where the model wants it
     * @return a vector of the model's {@code embeddingLength} components and of length 1, so that the sum of the
     *         products of two vectors' components is the cosine of the angle between them
     * @throws ContextOverflowException if the text has more tokens than the context
     * @throws IllegalStateException if the model has been closed
     */
    float[] embed(String text);

    /**
     * Places a text in a space where texts of similar meaning lie close together.
     *
     * @param text the text; BOS is put in front of it where the model wants it
     * @param pooling how the hidden states after the last layer and the final norm become one vector
     * @return a vector of the model's {@code embeddingLength} components and of length 1
     * @throws ContextOverflowException if the text has more tokens than the context
     * @throws IllegalStateException if the model has been closed
     */
    float[] embed(String text, Pooling pooling);

    /**
     * Places several texts in a space where texts of similar meaning lie close together. They are computed together,
     * which takes less time than one after another.
     *
     * @param texts the texts; BOS is put in front of each where the model wants it
     * @return a vector of the model's {@code embeddingLength} components and of length 1 for each text, in their order,
     *         as {@link #embed(String)} gives it
     * @throws ContextOverflowException if a text has more tokens than the context
     * @throws IllegalStateException if the model has been closed
     */
    List<float[]> embedAll(List<String> texts);

    /** {@return how dialogs are written down for the model} */
    ChatTemplate chatTemplate();

    /** {@return how many tokens prompt and answer may have together} */
    int contextLength();

    /**
     * Returns the same model with generations and chats that begin with other options. What they are told later goes
     * before. Closing the returned model ends its use and leaves this one as it is; closing this one ends both.
     *
     * @param defaults the options of each new generation and chat, after the defaults of this model
     * @return the other model
     * @throws IllegalStateException if the model has been closed
     */
    default LanguageModel withDefaults(GenerationOptions defaults) {
        return withDefaults(request -> request.options(defaults));
    }

    /**
     * Returns the same model with generations and chats that begin with other options, as in
     * {@code model.withDefaults(request -> request.temperature(0).seed(1))}. What they are told later goes before.
     * Closing the returned model ends its use and leaves this one as it is; closing this one ends both.
     *
     * @param defaults sets the options of each new generation and chat, after the defaults of this model
     * @return the other model
     * @throws IllegalStateException if the model has been closed
     */
    LanguageModel withDefaults(Consumer<? super TextRequest<?>> defaults);

    /**
     * Returns the same model, which tells a listener of every text that was generated to its end. The text of a chat's
     * answer is told before it is stripped of white space. Closing the returned model ends its use and leaves this one
     * as it is; closing this one ends both.
     *
     * @param listener called in the thread that generates, when a generation has ended; exceptions that it throws are
     *     logged and do no harm, errors are thrown to whoever waits for the text
     * @return the other model
     * @throws IllegalStateException if the model has been closed
     */
    LanguageModel withListener(Consumer<? super GenerationResult> listener);

    /** Ends its use. May be called again. */
    @Override
    void close();
}
