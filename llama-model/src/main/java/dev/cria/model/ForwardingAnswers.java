package dev.cria.model;

import java.util.List;

/** Leaves all that it does not override to others. */
interface ForwardingAnswers extends Answers {
    Answers next();

    @Override
    default int vocabularySize() {
        return next().vocabularySize();
    }

    @Override
    default int contextLength() {
        return next().contextLength();
    }

    @Override
    default void requireFit(LoraAdapter adapter) {
        next().requireFit(adapter);
    }

    @Override
    default Asked ask(Query query) {
        return next().ask(query);
    }

    @Override
    default Score score(List<Integer> tokens) {
        return next().score(tokens);
    }

    @Override
    default List<Score> scoreAll(List<String> texts) {
        return next().scoreAll(texts);
    }

    @Override
    default List<float[]> embedAll(List<String> texts, Pooling pooling) {
        return next().embedAll(texts, pooling);
    }
}
