package dev.cria.model.generation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalLong;
import java.util.SequencedMap;

/**
 * What a generation gave. The text is {@code tokenizer.decode(tokens)}, cut before the stop string if there was one;
 * with {@link dev.cria.model.Generation#echo} it is the decoded prompt and tokens together; the answer of a chat is
 * also stripped of white space.
 *
 * @param text the generated text
 * @param tokens ids of the generated tokens; the last is the one that completed the stop string, if there was one; EOS
 *        and stop tokens are left out
 * @param promptTokens ids of the prompt's tokens, BOS included
 * @param finishReason why the generation ended
 * @param timings how long it took
 * @param logProbabilities one entry for each of {@code tokens} if {@link Option#LOGPROBS} asked for them,
 *        otherwise empty
 * @param seed the seed of the draws: set it to get the same tokens again; empty at a temperature of 0, where nothing is
 *        drawn
 * @param prompt what the model read, for people: of a chat, the dialog as the template writes it, BOS and EOS written
 *        as {@code <s>} and {@code </s>}; otherwise what {@link dev.cria.model.LlamaModel#generate(String)} or
 *        {@link dev.cria.model.LlamaModel#infill} was given
 * @param options the options that had a bearing on the text, by their names in {@link GenerationOptions}; those that
 *        change nothing are left out
 * @param droppedMessages how many of the oldest messages of a chat the model did not read, because the context had no
 *        room for them, see {@link dev.cria.model.ContextOverflow}; {@code prompt} has them all the same
 */
public record GenerationResult(String text, List<Integer> tokens, List<Integer> promptTokens, FinishReason finishReason,
        Timings timings, List<TokenLogProbability> logProbabilities, OptionalLong seed, String prompt,
        SequencedMap<String, String> options, int droppedMessages) {
    /** Copies the collections. */
    public GenerationResult {
        tokens = List.copyOf(tokens);
        promptTokens = List.copyOf(promptTokens);
        logProbabilities = List.copyOf(logProbabilities);
        options = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(options));
    }
}
