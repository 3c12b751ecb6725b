package dev.cria.train;

import dev.cria.tokenizer.SpacePrefix;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Tokenizer;
import dev.cria.tokenizer.Vocabulary.Piece;
import dev.cria.tokenizer.Vocabulary;
import dev.cria.train.pieces.PairMerger;
import dev.cria.train.pieces.WordSplitter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Makes a tokenizer from texts: byte-pair encoding (Sennrich, Haddow and Birch 2016) as SentencePiece and Llama 2 do
 * it, every digit a piece of its own and whatever has no piece written as bytes. The same texts, in any order, give the
 * same tokenizer.
 *
 * <pre>{@code
 * Tokenizer tokenizer = TokenizerTrainer.builder().vocabularySize(8000).train(Files.lines(Path.of("texts.txt")));
 * tokenizer.save(Path.of("tokenizer.model"));
 * }</pre>
 *
 * <p>The ids are laid out as Llama 2's: unknown, BOS, EOS, 256 bytes, merged pieces from the most to the least useful,
 * characters from the most to the least frequent.
 */
public final class TokenizerTrainer {
    private static final int UNKNOWN = 0;
    private static final int BOS = 1;
    private static final int EOS = 2;
    private static final int BYTES = 256;
    private static final int SMALLEST = 3 + BYTES + 1;
    private static final int LARGEST = 1 << 20;

    private final int vocabularySize;
    private final double characterCoverage;
    private final int longestPiece;
    private final WordSplitter splitter;

    private TokenizerTrainer(Builder builder) {
        vocabularySize = builder.vocabularySize;
        characterCoverage = builder.characterCoverage;
        longestPiece = builder.longestPiece;
        splitter = new WordSplitter(builder.marks);
    }

    /** {@return a builder with the defaults} */
    public static Builder builder() {
        return new Builder();
    }

    /** What a tokenizer should be like. */
    public static final class Builder {
        private int vocabularySize = 8000;
        private double characterCoverage = 0.9995;
        private int longestPiece = 16;
        private List<String> marks = List.of();

        private Builder() {}

        /**
         * Sets the number of tokens, 260 to 1048576; the default is 8,000.
         *
         * @param value tokens, control tokens and bytes included
         * @return this builder
         */
        public Builder vocabularySize(int value) {
            require(value >= SMALLEST && value <= LARGEST,
                    "the vocabulary size must be " + SMALLEST + " to " + LARGEST + ", not " + value);
            vocabularySize = value;
            return this;
        }

        /**
         * Sets the share of the texts' characters that get a piece; the rarest others are written as bytes. The default
         * is 0.9995.
         *
         * @param value above 0, at most 1
         * @return this builder
         */
        public Builder characterCoverage(double value) {
            require(value > 0 && value <= 1, "the character coverage must be above 0 and at most 1, not " + value);
            characterCoverage = value;
            return this;
        }

        /**
         * Sets how long a piece may be; the default is 16.
         *
         * @param characters 1 to 1024
         * @return this builder
         */
        public Builder longestPiece(int characters) {
            require(characters >= 1 && characters <= 1024,
                    "the longest piece must have 1 to 1024 characters, not " + characters);
            longestPiece = characters;
            return this;
        }

        /**
         * Sets marks that may become one piece although letters and other signs meet in them, such as {@code [INST]}.
         * Pieces are otherwise of letters alone or of other signs alone. The default is none.
         *
         * @param values the marks, without spaces
         * @return this builder
         */
        public Builder marks(String... values) {
            for (String mark : values) {
                require(!mark.isEmpty() && mark.indexOf(' ') < 0, "a mark has no spaces and is not empty, but is \""
                        + mark + "\"");
            }
            marks = List.of(values);
            return this;
        }

        /**
         * Makes a tokenizer.
         *
         * @param texts what to learn from; each is taken as one text, as it would be encoded
         * @return the tokenizer; {@link Tokenizer#save(Path)} writes it to a file
         * @throws IllegalArgumentException if the texts have too many different characters for the vocabulary, or too
         *     few different words
         */
        public Tokenizer train(Stream<String> texts) {
            return new TokenizerTrainer(this).train(texts);
        }

        private static void require(boolean condition, String problem) {
            if (!condition) {
                throw new IllegalArgumentException(problem);
            }
        }
    }

    private Tokenizer train(Stream<String> texts) {
        // in order, so that nothing depends on the order of the texts
        Map<String, Long> words = new TreeMap<>();
        texts.forEachOrdered(text -> splitter.split(text, word -> words.merge(word, 1L, Long::sum)));
        List<Integer> characters = characters(words);
        int merges = vocabularySize - 3 - BYTES - characters.size();
        if (merges < 0) {
            throw new IllegalArgumentException("a vocabulary of " + vocabularySize + " has no room for the "
                    + characters.size() + " different characters of the texts and the " + BYTES
                    + " bytes; at least " + (vocabularySize - merges) + " are needed, or a lower character coverage");
        }
        Set<Integer> known = new HashSet<>(characters);
        List<String> merged = new PairMerger(words, known, longestPiece).merge(merges);
        if (merged.size() < merges) {
            throw new IllegalArgumentException("the texts have too few different words for a vocabulary of "
                    + vocabularySize + ": they give " + (vocabularySize - merges + merged.size()));
        }
        return Tokenizer.of(vocabulary(merged, characters));
    }

    /** Characters that get a piece, the most frequent first. */
    private List<Integer> characters(Map<String, Long> words) {
        Map<Integer, Long> counts = new TreeMap<>();
        words.forEach((word, count) -> word.codePoints().forEach(c -> counts.merge(c, count, Long::sum)));
        long all = counts.values().stream().mapToLong(Long::longValue).sum();
        List<Map.Entry<Integer, Long>> sorted = new ArrayList<>(counts.entrySet());
        sorted.sort(Map.Entry.comparingByValue(Comparator.reverseOrder()));
        List<Integer> characters = new ArrayList<>();
        long covered = 0;
        for (Map.Entry<Integer, Long> entry : sorted) {
            if (covered >= characterCoverage * all) {
                break;
            }
            characters.add(entry.getKey());
            covered += entry.getValue();
        }
        return characters;
    }

    private static Vocabulary vocabulary(List<String> merged, List<Integer> characters) {
        List<Piece> pieces = new ArrayList<>();
        pieces.add(new Piece("<unk>", 0, TokenType.UNKNOWN));
        pieces.add(new Piece("<s>", 0, TokenType.CONTROL));
        pieces.add(new Piece("</s>", 0, TokenType.CONTROL));
        for (int value = 0; value < BYTES; value++) {
            pieces.add(new Piece(String.format(Locale.ROOT, "<0x%02X>", value), 0, TokenType.BYTE));
        }
        int rank = 0;
        for (String text : merged) {
            pieces.add(new Piece(text, -rank++, TokenType.NORMAL));
        }
        for (int character : characters) {
            pieces.add(new Piece(Character.toString(character), -rank++, TokenType.NORMAL));
        }
        return new Vocabulary(pieces, BOS, EOS, UNKNOWN, true, false, SpacePrefix.TEXT, false,
                Vocabulary.DEFAULT_UNKNOWN_SURFACE);
    }
}
