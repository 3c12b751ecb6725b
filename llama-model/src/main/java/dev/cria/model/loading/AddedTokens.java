package dev.cria.model.loading;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.tokenizer.SpacePrefix;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Vocabulary.Piece;
import dev.cria.tokenizer.Vocabulary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a Hugging Face folder says about tokens beyond its {@code tokenizer.model}: tokens of {@code added_tokens.json}
 * and of {@code added_tokens_decoder} in {@code tokenizer_config.json}, and which tokens begin and end a sequence.
 *
 * @param folder the folder
 * @param settings {@code tokenizer_config.json}, or an empty object
 * @param vocabulary the tokens of the model file
 * @param rows rows of the embedding; tokens beyond are of no use, because no text can become them
 * @param passedOver is told of such tokens
 */
record AddedTokens(Path folder, JsonFile settings, Vocabulary vocabulary, long rows, PassedOver passedOver) {
    /** What llama.cpp's converter gives added tokens. */
    private static final float SCORE = -1000;

    Vocabulary apply() {
        List<Piece> pieces = new ArrayList<>(vocabulary.pieces());
        List<Piece> beyond = new ArrayList<>(pieces.subList((int) Math.min(rows, pieces.size()), pieces.size()));
        found().forEach((id, piece) -> {
            if (id >= rows) {
                beyond.add(piece);
                return;
            }
            while (id > pieces.size()) {
                pieces.add(ModelVocabulary.padding(pieces.size()));
            }
            if (id == pieces.size()) {
                pieces.add(piece);
            }
        });
        if (!beyond.isEmpty()) {
            passedOver.add("the token \"" + beyond.getFirst().text() + "\""
                    + (beyond.size() > 1 ? " and " + (beyond.size() - 1) + " more" : "")
                    + ", because the embedding has only " + rows + " rows");
        }
        return new Vocabulary(pieces, id("bos_token", pieces, vocabulary.bos()),
                id("eos_token", pieces, vocabulary.eos()), vocabulary.unknown(),
                settings.bool("add_bos_token").orElse(vocabulary.addBos()),
                settings.bool("add_eos_token").orElse(vocabulary.addEos()),
                spacePrefix(),
                vocabulary.removeExtraWhitespaces(), vocabulary.unknownSurface());
    }

    /**
     * A SentencePiece model does not say what happens after added tokens. Transformers puts a space there in its first
     * ("legacy") way of doing it, which is the default.
     */
    private SpacePrefix spacePrefix() {
        boolean prefix = settings.bool("add_prefix_space").orElse(vocabulary.spacePrefix() != SpacePrefix.NONE);
        if (!prefix) {
            return SpacePrefix.NONE;
        }
        return switch (vocabulary.spacePrefix()) {
            case NONE, TEXT -> settings.bool("legacy").orElse(true) ? SpacePrefix.EACH : SpacePrefix.FIRST;
            case FIRST -> SpacePrefix.FIRST;
            case EACH -> SpacePrefix.EACH;
        };
    }

    /** Tokens by id; those of tokenizer_config.json, which say more, replace those of added_tokens.json. */
    private SortedMap<Integer, Piece> found() {
        SortedMap<Integer, Piece> found = new TreeMap<>();
        JsonFile file = JsonFile.readIfPresent(folder.resolve("added_tokens.json"));
        for (Map.Entry<String, JsonNode> entry : file.object().properties()) {
            if (!entry.getValue().canConvertToInt() || !entry.getValue().isIntegralNumber()) {
                throw file.malformed("the id of the token \"" + entry.getKey() + "\" must be a whole number, but is "
                        + entry.getValue());
            }
            found.put(entry.getValue().intValue(), new Piece(entry.getKey(), SCORE, TokenType.USER_DEFINED));
        }
        settings.object("added_tokens_decoder").ifPresent(decoder -> {
            for (Map.Entry<String, JsonNode> entry : decoder.object().properties()) {
                String text = entry.getValue().path("content").asText("");
                if (!entry.getKey().matches("\\d{1,8}") || text.isEmpty()) {
                    throw settings.malformed("added_tokens_decoder must hold tokens with content by their ids, but has "
                            + entry.getKey());
                }
                boolean special = entry.getValue().path("special").asBoolean(false);
                found.put(Integer.valueOf(entry.getKey()),
                        new Piece(text, SCORE, special ? TokenType.CONTROL : TokenType.USER_DEFINED));
            }
        });
        return found;
    }

    private int id(String name, List<Piece> pieces, int fallback) {
        Optional<String> token = settings.token(name);
        for (int id = 0; token.isPresent() && id < pieces.size(); id++) {
            if (pieces.get(id).text().equals(token.get())) {
                return id;
            }
        }
        return fallback;
    }
}
