package dev.cria.grammar;

import dev.cria.grammar.error.RefusedTokenException;
import dev.cria.tokenizer.Tokenizer;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Writes texts under a grammar, token by token, as a model would. */
final class Writing {
    /** How far a text was allowed. */
    enum Outcome {
        ACCEPTED, INCOMPLETE, REFUSED
    }

    private final Tokenizer tokenizer;
    private final TokenTable table;
    private final int eos;

    private Writing(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.table = TokenTable.of(tokenizer.vocabulary());
        this.eos = tokenizer.vocabulary().eos();
    }

    static Writing with(Path model) {
        return new Writing(Tokenizer.load(model));
    }

    /** One token for each byte, and an end: tokens 0 to 255 and 256. */
    static TokenTable bytes() {
        List<byte[]> tokens = new ArrayList<>(IntStream.range(0, 256).mapToObj(b -> new byte[]{(byte) b}).toList());
        tokens.add(new byte[0]);
        return TokenTable.of(tokens, 256);
    }

    TokenTable table() {
        return table;
    }

    /** Tokens of a text without the space that SentencePiece begins with. */
    int[] tokens(String text) {
        int[] ids = tokenizer.encode(text);
        Vocabulary.Piece first = tokenizer.vocabulary().pieces().get(ids[0]);
        if (first.type() != TokenType.NORMAL || !first.text().startsWith("\u2581") || text.startsWith(" ")) {
            return ids;
        }
        IntStream.Builder all = IntStream.builder();
        for (byte b : first.text().substring(1).getBytes(StandardCharsets.UTF_8)) {
            all.add(tokenizer.idOf("<0x%02X>".formatted(b & 0xFF)).orElseThrow());
        }
        return IntStream.concat(all.build(), IntStream.of(ids).skip(1)).toArray();
    }

    /** Each token must be in the mask, and only then be accepted. */
    Outcome write(Grammar grammar, String text, Mask mask, Timings timings) {
        Constraint constraint = table.constrain(grammar);
        for (int token : text.isEmpty() ? new int[0] : tokens(text)) {
            long start = System.nanoTime();
            constraint.mask(mask);
            timings.add(System.nanoTime() - start);
            boolean allowed = mask.allows(token);
            try {
                constraint.accept(token);
                if (!allowed) {
                    throw new AssertionError("token " + token + " was accepted but is not in the mask after "
                            + constraint.text());
                }
            } catch (RefusedTokenException e) {
                if (allowed) {
                    throw new AssertionError("token " + token + " is in the mask, but: " + e.getMessage(), e);
                }
                return Outcome.REFUSED;
            }
        }
        constraint.mask(mask);
        if (mask.allows(eos) != constraint.isComplete()) {
            throw new AssertionError("the end must be in the mask exactly where the text is complete");
        }
        return constraint.isComplete() ? Outcome.ACCEPTED : Outcome.INCOMPLETE;
    }

    Outcome write(Grammar grammar, String text) {
        return write(grammar, text, new Mask(table.size()), new Timings());
    }

    /** Nanoseconds. */
    static final class Timings {
        private final List<Long> all = new ArrayList<>();

        void add(long nanoseconds) {
            all.add(nanoseconds);
        }

        double mean() {
            return all.stream().mapToLong(Long::longValue).average().orElse(0);
        }

        long quantile(double q) {
            List<Long> sorted = all.stream().sorted().toList();
            return sorted.isEmpty() ? 0 : sorted.get((int) Math.min(sorted.size() - 1, q * sorted.size()));
        }
    }
}
