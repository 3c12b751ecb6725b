package dev.cria.model;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Message;
import dev.cria.model.session.Conversation;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** What all models have in common: requests that begin with the model's options, and answers. */
abstract sealed class AnsweringModel implements LanguageModel permits LlamaModel, PlainModel {
    private final Answers answers;
    private final ChatTemplate template;
    private final List<Consumer<? super TextRequest<?>>> defaults;
    private final Lifetime lifetime;

    AnsweringModel(Answers answers, ChatTemplate template, List<Consumer<? super TextRequest<?>>> defaults,
            Lifetime lifetime) {
        this.answers = answers;
        this.template = template;
        this.defaults = List.copyOf(defaults);
        this.lifetime = lifetime;
    }

    Answers answers() {
        return answers;
    }

    Lifetime lifetime() {
        return lifetime;
    }

    List<Consumer<? super TextRequest<?>>> defaults() {
        return defaults;
    }

    /** {@return the defaults, and more after them} */
    List<Consumer<? super TextRequest<?>>> defaultsAnd(Consumer<? super TextRequest<?>> more) {
        Objects.requireNonNull(more, "defaults must not be null");
        return Stream.<Consumer<? super TextRequest<?>>>concat(defaults.stream(), Stream.of(more)).toList();
    }

    /** Writes a chat of this model into a file. */
    abstract void save(Path file, Conversation chat, AdapterChoice adapters);

    private <S extends TextRequest<S>> S withDefaults(S request) {
        defaults.forEach(each -> each.accept(request));
        return request;
    }

    private Generation generate(Query query) {
        lifetime.requireOpen();
        return withDefaults(new Generation(this, query));
    }

    @Override
    public final Generation generate(String prompt) {
        return generate(new Query.Text(Objects.requireNonNull(prompt, "prompt must not be null")));
    }

    @Override
    public final Generation generate(int[] prompt) {
        return generate(new Query.Tokens(boxed(prompt, "prompt")));
    }

    @Override
    public final Generation infill(String prefix, String suffix) {
        return generate(new Query.Gap(Objects.requireNonNull(prefix, "prefix must not be null"),
                Objects.requireNonNull(suffix, "suffix must not be null")));
    }

    @Override
    public final Chat chat() {
        return chat(template, List.of());
    }

    @Override
    public final Chat chat(List<Message> messages) {
        Objects.requireNonNull(messages, "messages must not be null");
        messages.forEach(message -> Objects.requireNonNull(message, "a message must not be null"));
        return chat(template, messages);
    }

    Chat chat(ChatTemplate other, List<Message> messages) {
        lifetime.requireOpen();
        return withDefaults(new Chat(this, other, messages));
    }

    @Override
    public final Score score(String text) {
        return scoreAll(List.of(Objects.requireNonNull(text, "text must not be null"))).getFirst();
    }

    @Override
    public final Score score(int[] tokens) {
        List<Integer> ids = boxed(tokens, "tokens");
        lifetime.requireOpen();
        return answers.score(ids);
    }

    @Override
    public final List<Score> scoreAll(List<String> texts) {
        List<String> checked = checkedTexts(texts);
        lifetime.requireOpen();
        return answers.scoreAll(checked);
    }

    @Override
    public final float[] embed(String text) {
        return embed(text, Pooling.MEAN);
    }

    @Override
    public final float[] embed(String text, Pooling pooling) {
        return embedAll(List.of(Objects.requireNonNull(text, "text must not be null")),
                Objects.requireNonNull(pooling, "pooling must not be null")).getFirst();
    }

    @Override
    public final List<float[]> embedAll(List<String> texts) {
        return embedAll(checkedTexts(texts), Pooling.MEAN);
    }

    private List<float[]> embedAll(List<String> texts, Pooling pooling) {
        lifetime.requireOpen();
        return answers.embedAll(texts, pooling);
    }

    private static List<Integer> boxed(int[] ids, String name) {
        return Arrays.stream(Objects.requireNonNull(ids, () -> name + " must not be null")).boxed().toList();
    }

    private static List<String> checkedTexts(List<String> texts) {
        Objects.requireNonNull(texts, "texts must not be null");
        texts.forEach(text -> Objects.requireNonNull(text, "a text must not be null"));
        return List.copyOf(texts);
    }

    @Override
    public final ChatTemplate chatTemplate() {
        return template;
    }

    @Override
    public final int contextLength() {
        return answers.contextLength();
    }
}
