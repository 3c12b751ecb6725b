package dev.cria.bench;

import dev.cria.tokenizer.SpacePrefix;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Tokenizer;
import dev.cria.tokenizer.Vocabulary.Piece;
import dev.cria.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Text to tokens and back. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class TokenizerBenchmark {
    /** Words of the vocabulary that is made where no file is given: with their beginnings some 10,000 tokens. */
    private static final int WORDS = 2_500;

    /**
     * A {@code tokenizer.model} or another form of it; empty for a vocabulary made of random words and their
     * beginnings.
     */
    @Param("")
    public String tokenizer = "";

    /** Words of the text, a tenth of them unknown. */
    @Param({"10", "10000"})
    public int words;

    private String text = "";
    private double gigabytes;
    private int[] tokens = {};
    private Tokenizer loaded = Tokenizer.of(vocabulary(List.of()));

    /** Makes a text of random words. */
    @Setup
    public void setUp() {
        Random random = new Random(1);
        List<String> known = new ArrayList<>();
        for (int i = 0; i < WORDS; i++) {
            known.add(word(random));
        }
        loaded = tokenizer.isEmpty() ? Tokenizer.of(vocabulary(known)) : Tokenizer.load(Path.of(tokenizer));
        List<String> chosen = new ArrayList<>();
        for (int i = 0; i < words; i++) {
            chosen.add(i % 10 == 9 ? word(random) : known.get(random.nextInt(WORDS)));
        }
        text = String.join(" ", chosen);
        gigabytes = text.getBytes(StandardCharsets.UTF_8).length / 1e9;
        tokens = loaded.encode(text);
    }

    private static String word(Random random) {
        StringBuilder word = new StringBuilder();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            word.append("bcdfghklmnprstvw".charAt(random.nextInt(16))).append("aeiou".charAt(random.nextInt(5)));
        }
        return word.toString();
    }

    private static Vocabulary vocabulary(List<String> words) {
        List<Piece> pieces = new ArrayList<>(List.of(new Piece("<unk>", 0, TokenType.UNKNOWN),
                new Piece("<s>", 0, TokenType.CONTROL), new Piece("</s>", 0, TokenType.CONTROL)));
        for (int i = 0; i < 256; i++) {
            pieces.add(new Piece("<0x%02X>".formatted(i), 0, TokenType.BYTE));
        }
        // a merge needs both of its parts: letters, and of each word all beginnings
        Set<String> texts = new LinkedHashSet<>();
        for (String word : words) {
            for (int end = 1; end <= word.length(); end++) {
                texts.add(word.substring(end - 1, end));
                texts.add("\u2581" + word.substring(0, end));
            }
        }
        texts.add("\u2581");
        for (String text : texts) {
            pieces.add(new Piece(text, -pieces.size(), TokenType.NORMAL));
        }
        return new Vocabulary(pieces, 1, 2, 0, true, false, SpacePrefix.EACH, false,
                Vocabulary.DEFAULT_UNKNOWN_SURFACE);
    }

    /**
     * Text to tokens: gigabytes of text a second is the figure.
     *
     * @param counted receives it
     * @return the tokens
     */
    @Benchmark
    public int[] encode(Counted counted) {
        counted.gigabytes += gigabytes;
        return loaded.encode(text);
    }

    /**
     * Tokens to text: gigabytes of text a second is the figure.
     *
     * @param counted receives it
     * @return the text
     */
    @Benchmark
    public String decode(Counted counted) {
        counted.gigabytes += gigabytes;
        return loaded.decode(tokens);
    }
}
