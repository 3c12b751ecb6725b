package dev.cria.tokenizer.huggingface;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import dev.cria.tokenizer.SpacePrefix;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Vocabulary.Piece;
import dev.cria.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@code tokenizer.json} that was made of a SentencePiece BPE model. The file has a list of merges, best first,
 * where SentencePiece has a score for each piece: a piece's rank is that of the merges that make it. This is the same
 * thing only if all merges of a piece stand together and every pair of pieces that makes a piece is among them, which
 * holds for what the conversion writes; another file is refused rather than read with other ids. Texts are prepared as
 * SentencePiece does it, also where Hugging Face's library differs: a text that begins with a space gets another one.
 */
public final class TokenizerJson {
    private static final long LARGEST_FILE = 1 << 28;
    private static final int MOST_TOKENS = 1 << 24;
    private static final Pattern BYTE = Pattern.compile("<0x[0-9A-F]{2}>");
    private static final String SPACE = "\u2581";

    private final Path file;
    private final JsonNode root;
    private final Map<String, Integer> ids = new HashMap<>();
    private final List<String> texts = new ArrayList<>();
    private SpacePrefix spacePrefix = SpacePrefix.NONE;
    private boolean escapesSpaces;

    private TokenizerJson(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    /**
     * Reads a file.
     *
     * @param file a {@code tokenizer.json}
     * @return its vocabulary
     * @throws MalformedFileException if it is broken, or not that of a SentencePiece BPE model
     * @throws CriaException if it cannot be read
     */
    public static Vocabulary read(Path file) {
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw new MalformedFileException(file, "not a tokenizer: larger than 256 MiB");
            }
            JsonNode root = JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build()
                    .readTree(Files.readAllBytes(file));
            return new TokenizerJson(file, root).read();
        } catch (JacksonException e) {
            throw new MalformedFileException(file, "not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    private Vocabulary read() {
        JsonNode model = root.path("model");
        // the type is missing in files of old versions
        String type = model.path("type").asText("BPE");
        if (!type.equals("BPE") || !model.path("vocab").isObject() || !model.path("merges").isArray()) {
            throw malformed("model must be of type BPE with vocab and merges, but is of type "
                    + model.path("type").asText("unknown"));
        }
        readTexts(model.path("vocab"));
        readPreparation(root.path("normalizer"));
        readPreparation(root.path("pre_tokenizer"));
        if (!escapesSpaces) {
            throw malformed("neither normalizer nor pre_tokenizer writes spaces as U+2581, as SentencePiece does");
        }
        String unknown = model.path("unk_token").asText("<unk>");
        TokenType[] types = types(unknown, model.path("byte_fallback").asBoolean(false));
        List<String> template = template();
        try {
            // before the merges are looked at, because it is here that endless texts are refused
            List<Piece> unscored = new ArrayList<>();
            for (int id = 0; id < texts.size(); id++) {
                unscored.add(new Piece(texts.get(id), 0, types[id]));
            }
            float[] scores = scores(model.path("merges"), types);
            List<Piece> pieces = new ArrayList<>();
            unscored.forEach(piece -> pieces.add(new Piece(piece.text(), scores[pieces.size()], piece.type())));
            return new Vocabulary(pieces, id("<s>", "BOS"), id("</s>", "EOS"), id(unknown, "unknown"),
                    template.isEmpty() || template.getFirst().equals("<s>"),
                    !template.isEmpty() && template.getLast().equals("</s>"), spacePrefix, false,
                    Vocabulary.DEFAULT_UNKNOWN_SURFACE);
        } catch (IllegalArgumentException e) {
            throw new MalformedFileException(file, String.valueOf(e.getMessage()), e);
        }
    }

    private int id(String text, String what) {
        return Optional.ofNullable(ids.get(text))
                .orElseThrow(() -> malformed("it has no token " + text + " for " + what));
    }

    /** The texts by id, of the model and of the tokens that were added to it. */
    private void readTexts(JsonNode vocab) {
        vocab.properties().forEach(entry -> put(entry.getKey(), entry.getValue()));
        for (JsonNode token : root.path("added_tokens")) {
            put(token.path("content").asText(""), token.path("id"));
        }
        @Nullable
        String[] byId = new String[ids.size()];
        ids.forEach((text, id) -> {
            if (id >= byId.length || byId[id] != null) {
                throw malformed("the ids must be 0 to " + (byId.length - 1) + ", each once, but token \""
                        + shortened(text) + "\" has " + id);
            }
            byId[id] = text;
        });
        for (String text : byId) {
            texts.add(Optional.ofNullable(text).orElseThrow());
        }
    }

    private void put(String text, JsonNode id) {
        if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= MOST_TOKENS) {
            throw malformed("the id of token \"" + shortened(text) + "\" must be a whole number, but is " + id);
        }
        Integer other = ids.putIfAbsent(text, id.intValue());
        if (other != null && other != id.intValue()) {
            throw malformed("token \"" + shortened(text) + "\" has the ids " + other + " and " + id);
        }
    }

    /** What is done to a text before it is split, which must be what SentencePiece does for Llama. */
    private void readPreparation(JsonNode step) {
        if (step.isMissingNode() || step.isNull()) {
            return;
        }
        String type = step.path("type").asText("");
        switch (type) {
            case "Sequence" -> {
                // files are parsed with a bounded depth
                step.path("normalizers").forEach(this::readPreparation);
                step.path("pretokenizers").forEach(this::readPreparation);
            }
            case "Prepend" -> {
                require(step, "prepend", SPACE);
                spacePrefix = SpacePrefix.EACH;
            }
            case "Replace" -> {
                if (!step.path("pattern").path("String").asText("").equals(" ")) {
                    throw malformed("a normalizer replaces " + step.path("pattern") + "; only spaces are supported");
                }
                require(step, "content", SPACE);
                escapesSpaces = true;
            }
            case "Metaspace" -> {
                require(step, "replacement", SPACE);
                if (step.path("split").asBoolean(true)) {
                    throw malformed("Metaspace splits the text at spaces, which SentencePiece does not");
                }
                String scheme = step.path("prepend_scheme")
                        .asText(step.path("add_prefix_space").asBoolean(true) ? "always" : "never");
                spacePrefix = switch (scheme) {
                    case "never" -> SpacePrefix.NONE;
                    case "first" -> SpacePrefix.FIRST;
                    case "always" -> SpacePrefix.EACH;
                    default -> throw malformed("Metaspace has the prepend_scheme \"" + shortened(scheme)
                            + "\"; supported are always, first and never");
                };
                escapesSpaces = true;
            }
            default -> throw malformed("it prepares texts by \"" + type + "\", which is not supported");
        }
    }

    private void require(JsonNode step, String field, String value) {
        if (!step.path(field).asText("").equals(value)) {
            throw malformed(step.path("type").asText("") + " must have U+2581 as " + field + ", but has "
                    + step.path(field));
        }
    }

    private TokenType[] types(String unknown, boolean byteFallback) {
        TokenType[] types = new TokenType[texts.size()];
        for (int id = 0; id < types.length; id++) {
            types[id] = byteFallback && BYTE.matcher(texts.get(id)).matches() ? TokenType.BYTE : TokenType.NORMAL;
        }
        for (JsonNode token : root.path("added_tokens")) {
            types[token.path("id").intValue()] = token.path("special").asBoolean(false)
                    ? TokenType.CONTROL
                    : TokenType.USER_DEFINED;
        }
        Optional.ofNullable(ids.get(unknown)).ifPresent(id -> types[id] = TokenType.UNKNOWN);
        return types;
    }

    /** A score for each piece, so that the order of scores is that of the merges. */
    private float[] scores(JsonNode merges, TokenType[] types) {
        float[] scores = new float[types.length];
        int[] splits = new int[types.length];
        int last = -1;
        int rank = 0;
        for (JsonNode merge : merges) {
            int merged = merged(merge);
            // SentencePiece makes no control token of text
            if (types[merged] != TokenType.NORMAL) {
                continue;
            }
            if (isSpaces(texts.get(merged))) {
                splits[merged]++;
                continue;
            }
            if (merged != last) {
                if (splits[merged] > 0) {
                    throw malformed("the merges to \"" + shortened(texts.get(merged))
                            + "\" do not stand together; merges that are not of a SentencePiece model are not supported");
                }
                rank++;
                last = merged;
            }
            scores[merged] = -rank;
            splits[merged]++;
        }
        requireAllSplits(types, splits);
        for (int id = 0; id < scores.length; id++) {
            if (isSpaces(texts.get(id))) {
                scores[id] = -rank - 1;
            }
        }
        return scores;
    }

    /**
     * Runs of spaces have one score in the models of this family, below all others. Their merges stand wherever the
     * version of the conversion has put them.
     */
    private static boolean isSpaces(String text) {
        return text.length() > 1 && text.chars().allMatch(c -> c == SPACE.charAt(0));
    }

    private int merged(JsonNode merge) {
        String left = merge.isArray() ? merge.path(0).asText("") : before(merge.asText(""));
        String right = merge.isArray() ? merge.path(1).asText("") : after(merge.asText(""));
        Integer id = ids.get(left + right);
        if (id == null || !ids.containsKey(left) || !ids.containsKey(right)) {
            throw malformed("merges must hold pairs of tokens that make a token, but hold "
                    + shortened(merge.toString()));
        }
        return id;
    }

    private static String before(String pair) {
        return pair.substring(0, Math.max(0, pair.indexOf(' ')));
    }

    private static String after(String pair) {
        return pair.substring(pair.indexOf(' ') + 1);
    }

    private void requireAllSplits(TokenType[] types, int[] splits) {
        for (int id = 0; id < types.length; id++) {
            if (types[id] == TokenType.NORMAL) {
                String text = texts.get(id);
                int possible = 0;
                for (int at = 1; at < text.length(); at++) {
                    possible += isText(text.substring(0, at), types) && isText(text.substring(at), types) ? 1 : 0;
                }
                if (possible > splits[id]) {
                    throw malformed("\"" + shortened(text) + "\" can be made of tokens in " + possible
                            + " ways, but merges has " + splits[id]
                            + "; merges that are not of a SentencePiece model are not supported");
                }
            }
        }
    }

    private boolean isText(String text, TokenType[] types) {
        Integer id = ids.get(text);
        return id != null && types[id] == TokenType.NORMAL;
    }

    /** The tokens that a single text gets, its own written as an empty text; an empty list if the file does not say. */
    private List<String> template() {
        List<String> tokens = new ArrayList<>();
        for (JsonNode part : root.path("post_processor").path("single")) {
            tokens.add(part.path("SpecialToken").path("id").asText(""));
        }
        return tokens;
    }

    private static String shortened(String text) {
        return text.length() > 40 ? text.substring(0, 40) + "…" : text;
    }

    private MalformedFileException malformed(String problem) {
        return new MalformedFileException(file, "not a tokenizer of Llama: " + problem);
    }
}
