package dev.cria.tokenizer;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.tokenizer.huggingface.TokenizerJson;
import dev.cria.tokenizer.llama2c.TokenizerBin;
import dev.cria.tokenizer.sentencepiece.SentencePieceFile;
import dev.cria.tokenizer.sentencepiece.SentencePieceModel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Llama 2's tokenizer: SentencePiece BPE (Kudo and Richardson 2018). Text becomes token ids and token ids become text,
 * exactly as SentencePiece does it. Immutable and thread-safe.
 */
public final class Tokenizer {
    private final Vocabulary vocabulary;
    private final Map<String, Integer> ids;
    private final BytePairEncoder encoder;
    /** Added tokens, which any text may hold. */
    private final TokenTrie added;
    /** Added tokens and control tokens. */
    private final TokenTrie special;

    private Tokenizer(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        this.ids = new HashMap<>(2 * vocabulary.size());
        for (int id = 0; id < vocabulary.size(); id++) {
            ids.putIfAbsent(vocabulary.pieces().get(id).text(), id);
        }
        this.added = new TokenTrie(vocabulary, id -> typeOf(id) == TokenType.USER_DEFINED);
        this.special = new TokenTrie(vocabulary, id -> switch (typeOf(id)) {
            case CONTROL, UNKNOWN, USER_DEFINED -> true;
            case NORMAL, UNUSED, BYTE -> false;
        });
        this.encoder = new BytePairEncoder(vocabulary);
    }

    private TokenType typeOf(int id) {
        return vocabulary.pieces().get(id).type();
    }

    /**
     * Reads a SentencePiece {@code .model} file, such as the {@code tokenizer.model} that comes with Llama 2, or the
     * same in the form that Hugging Face ({@code tokenizer.json}) or llama2.c ({@code tokenizer.bin}) give it.
     *
     * @param file the file; a name that ends in {@code .json} or {@code .bin} means these forms
     * @return its tokenizer
     * @throws MalformedFileException if it is not a SentencePiece BPE model in the form that its name says
     * @throws CriaException if it cannot be read
     */
    public static Tokenizer load(Path file) {
        String name = file.toString();
        if (name.endsWith(".json")) {
            return of(TokenizerJson.read(file));
        }
        return of(name.endsWith(".bin") ? TokenizerBin.read(file) : SentencePieceModel.read(file));
    }

    /**
     * {@return a tokenizer for a vocabulary that comes from elsewhere, such as the metadata of a weight file}
     *
     * @param vocabulary the tokens
     */
    public static Tokenizer of(Vocabulary vocabulary) {
        return new Tokenizer(vocabulary);
    }

    /**
     * Writes the tokenizer as a SentencePiece {@code .model} file, which SentencePiece and everything made for Llama 2
     * reads.
     *
     * @param file where to; a file that is there is replaced once the new one is complete
     * @throws CriaException if it cannot be written
     */
    public void save(Path file) {
        SentencePieceFile.write(vocabulary, file);
    }

    /** {@return the tokens and the settings} */
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    /**
     * {@return the id of a piece, if there is one with exactly this text}
     *
     * @param piece text of the piece, spaces as U+2581
     */
    public OptionalInt idOf(String piece) {
        Integer id = ids.get(piece);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /**
     * Turns text into ids, without BOS and EOS. Whatever the text says, it never becomes a control token; tokens that
     * were added to the vocabulary ({@link TokenType#USER_DEFINED}) are found in it, at each place the longest.
     * Unpaired surrogates become U+FFFD.
     *
     * @param text any text; the empty text gives no ids
     * @return token ids
     */
    public int[] encode(String text) {
        return encoder.encode(text, added, id -> true);
    }

    /**
     * Turns text into ids as {@link #encode(String)} does, but without some of the added tokens: where their text
     * stands, it is text like any other. For texts from users in prompts in which added tokens are marks, such as
     * {@code <|im_start|>}.
     *
     * @param text any text; the empty text gives no ids
     * @param without ids of the added tokens that the text must not become
     * @return token ids
     */
    public int[] encode(String text, Set<Integer> without) {
        return encoder.encode(text, added, id -> !without.contains(id));
    }

    /**
     * Turns text into ids and takes literal control tokens in it, such as {@code <s>}, as what they name. For text that
     * a program has written; text from users belongs into {@link #encode(String)}. The text after a control token is
     * prepared like the beginning of a text, except with {@link SpacePrefix#FIRST}.
     *
     * @param text any text
     * @return token ids, without BOS and EOS other than those written in the text
     */
    public int[] encodeWithSpecialTokens(String text) {
        return encoder.encode(text, special, id -> true);
    }

    /**
     * Turns ids into text: control tokens vanish, byte tokens are joined to characters, and the space that encoding put
     * before the text is taken away. A byte that is not part of a UTF-8 character becomes U+FFFD.
     *
     * @param tokens token ids
     * @return text
     * @throws IllegalArgumentException if an id is not in the vocabulary
     */
    public String decode(int... tokens) {
        StreamingDecoder decoder = streamingDecoder();
        StringBuilder text = new StringBuilder();
        for (int token : tokens) {
            text.append(decoder.accept(token));
        }
        return text.append(decoder.finish()).toString();
    }

    /** {@return a decoder for ids that come one by one, whose pieces join to {@link #decode} of them all} */
    public StreamingDecoder streamingDecoder() {
        return new StreamingDecoder(vocabulary);
    }

    /**
     * Returns a decoder for ids that continue others: its pieces join to what {@link #decode} of all ids has beyond
     * {@code decode} of the first ones. In particular the space before a first word is kept.
     *
     * @param before the ids that come before
     * @return a decoder
     */
    public StreamingDecoder streamingDecoderAfter(int... before) {
        StreamingDecoder decoder = streamingDecoder();
        for (int token : before) {
            decoder.accept(token);
        }
        return decoder;
    }
}
