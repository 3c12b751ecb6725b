package dev.cria.model;

import dev.cria.chat.ChatTemplate;
import dev.cria.model.decoding.TextModel;
import dev.cria.model.engine.Drafting;
import dev.cria.model.engine.Engine;
import dev.cria.model.engine.EngineLimits;
import dev.cria.model.loading.InfillTokens;
import dev.cria.model.transformer.LoraSet;
import dev.cria.tokenizer.SpacePrefix;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Tokenizer;
import dev.cria.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A model of a few hundred tokens with a made-up forward pass: says what a script says, or what a hash of the text
 * says.
 */
final class FakeModel {
    static final int BOS = 1;
    static final int EOS = 2;
    static final int FIRST_BYTE = 3;
    static final Tokenizer TOKENIZER = Tokenizer.of(vocabulary());
    static final int SIZE = TOKENIZER.vocabulary().size();

    /** For an engine that computes and keeps as much as there is. */
    static final EngineLimits UNLIMITED = new EngineLimits(EngineLimits.DEFAULT_CONCURRENT, Integer.MAX_VALUE,
            Long.MAX_VALUE, true);

    final FakeForwardPass forward;
    final Engine engine;
    final ComputedAnswers computed;
    final PlainModel language;
    /** What the clock shows; it stands still unless a test moves it. */
    final AtomicLong nanos = new AtomicLong();

    FakeModel(int contextLength, int maximumRows, Function<List<Integer>, float[]> model) {
        this(contextLength, maximumRows, UNLIMITED, Drafting.NONE, model);
    }

    FakeModel(int contextLength, int maximumRows, EngineLimits limits, Drafting drafting,
            Function<List<Integer>, float[]> model) {
        forward = new FakeForwardPass(SIZE, contextLength, maximumRows, model);
        engine = new Engine(forward, limits, drafting, nanos::get);
        Supplier<InfillTokens> noInfilling = () -> {
            throw new AssertionError("this model was not taught to fill gaps");
        };
        computed = new ComputedAnswers(new TextModel(engine, TOKENIZER, Set.of(EOS)), LoraSet.NONE, noInfilling);
        language = new PlainModel(computed, ChatTemplate.llama2());
    }

    /** {@return a model that answers every prompt with these tokens and then EOS} */
    static FakeModel saying(int... script) {
        return saying(200, script);
    }

    static FakeModel saying(int contextLength, int... script) {
        return new FakeModel(contextLength, 8, new Function<>() {
            private int promptLength = -1;

            @Override
            public float[] apply(List<Integer> tokens) {
                if (promptLength < 0) {
                    promptLength = tokens.size();
                }
                int said = tokens.size() - promptLength;
                return favouring(said < script.length ? script[said] : EOS);
            }
        });
    }

    /**
     * {@return a model that answers the last prompt of a dialog, which ends in "[/INST]", with these tokens and then
     * EOS}
     */
    static FakeModel answering(int... script) {
        int end = id("]");
        return new FakeModel(200, 8, tokens -> {
            int said = tokens.size() - 1 - tokens.lastIndexOf(end);
            return favouring(said < script.length ? script[said] : EOS);
        });
    }

    /** {@return a model whose logits are noise, another one for each text; it never ends by itself} */
    static FakeModel babbling(int contextLength) {
        return new FakeModel(contextLength, 8, FakeModel::noise);
    }

    static FakeModel babbling(int contextLength, int maximumRows, EngineLimits limits) {
        return new FakeModel(contextLength, maximumRows, limits, Drafting.NONE, FakeModel::noise);
    }

    /** {@return logits of a model that likes to say again what followed its last two tokens before, or babbles} */
    static float[] repetition(List<Integer> tokens) {
        float[] logits = noise(tokens);
        for (int next = tokens.size() - 1; next >= 2; next--) {
            if (tokens.subList(next - 2, next).equals(tokens.subList(tokens.size() - 2, tokens.size()))) {
                logits[tokens.get(next)] = 12;
                break;
            }
        }
        return logits;
    }

    static float[] favouring(int token) {
        float[] logits = new float[SIZE];
        logits[token] = 10;
        return logits;
    }

    private static float[] noise(List<Integer> tokens) {
        float[] logits = new float[SIZE];
        long hash = tokens.hashCode();
        for (int i = 0; i < SIZE; i++) {
            hash = hash * 6364136223846793005L + 1442695040888963407L;
            logits[i] = (hash >>> 40) / (float) (1 << 22);
        }
        logits[EOS] = -100;
        return logits;
    }

    static int id(String piece) {
        return TOKENIZER.idOf(piece).orElseThrow();
    }

    /** {@return ids of pieces, each given as its text; spaces as they are} */
    static int[] ids(String... pieces) {
        int[] ids = new int[pieces.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = id(pieces[i].replace(' ', '\u2581'));
        }
        return ids;
    }

    private static Vocabulary vocabulary() {
        List<Vocabulary.Piece> pieces = new ArrayList<>();
        pieces.add(new Vocabulary.Piece("<unk>", 0, TokenType.UNKNOWN));
        pieces.add(new Vocabulary.Piece("<s>", 0, TokenType.CONTROL));
        pieces.add(new Vocabulary.Piece("</s>", 0, TokenType.CONTROL));
        for (int i = 0; i < 256; i++) {
            pieces.add(new Vocabulary.Piece("<0x%02X>".formatted(i), 0, TokenType.BYTE));
        }
        Set<String> words = new LinkedHashSet<>();
        for (String word : List.of("\u2581once", "\u2581upon", "\u2581a", "\u2581time", "\u2581the", "\u2581end", "ST",
                "OP", "TO")) {
            for (int length = 2; length <= word.length(); length++) {
                words.add(word.substring(0, length)); // merging needs the steps between
            }
        }
        for (String word : words) {
            pieces.add(new Vocabulary.Piece(word, -pieces.size(), TokenType.NORMAL));
        }
        pieces.add(new Vocabulary.Piece("\u2581", -pieces.size(), TokenType.NORMAL));
        for (char c = '!'; c <= '~'; c++) {
            pieces.add(new Vocabulary.Piece(String.valueOf(c), -pieces.size(), TokenType.NORMAL));
        }
        return new Vocabulary(pieces, BOS, EOS, 0, true, false, SpacePrefix.EACH, false,
                Vocabulary.DEFAULT_UNKNOWN_SURFACE);
    }
}
