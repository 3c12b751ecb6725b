package dev.cria.train;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.InvalidDialogException;
import dev.cria.chat.Role;
import dev.cria.core.CriaException;
import dev.cria.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Turns dialogs into examples: the tokens that a chat would have seen and given, of which those of the answers are
 * learnt, each with the token or text that ends it. Immutable and thread-safe if the template is.
 */
public final class DialogEncoder {
    /** Any next question: what comes after an answer does not change the answer's tokens. */
    private static final String NEXT_QUESTION = "?";
    /** Tokens at the end of a question that may become others once an answer follows. */
    private static final int LARGEST_SEAM = 2;

    private final Tokenizer tokenizer;
    private final ChatTemplate template;
    private final Set<Integer> ends;

    /**
     * @param tokenizer the model's tokenizer
     * @param template how dialogs are written down for the model
     */
    public DialogEncoder(Tokenizer tokenizer, ChatTemplate template) {
        this.tokenizer = tokenizer;
        this.template = template;
        ends = new HashSet<>();
        ends.add(tokenizer.vocabulary().eos());
        template.stops().forEach(stop -> tokenizer.idOf(stop).ifPresent(ends::add));
    }

    /** The tokens of an answer, and how many tokens at the end of the question it replaces, nearly always none. */
    private record Answer(int[] tokens, int seam) {}

    /**
     * Encodes a dialog.
     *
     * @param dialog the dialog
     * @return one example with all answers; one for each answer where the template writes earlier turns differently
     *         once there are later ones, as those of Mistral-Instruct v0.3 and Code Llama-Instruct 70B do
     * @throws CriaException if the template does not say where an answer ends, or refuses the dialog; the message says
     *         where that comes from
     */
    public List<TrainingExample> encode(TrainingDialog dialog) {
        try {
            return examples(dialog);
        } catch (InvalidDialogException e) {
            throw new CriaException(dialog.origin() + ": " + e.getMessage(), e);
        }
    }

    private List<TrainingExample> examples(TrainingDialog dialog) {
        List<TrainingExample> examples = new ArrayList<>();
        for (int i = 0; i < dialog.messages().size(); i++) {
            if (dialog.messages().get(i).role() != Role.ASSISTANT) {
                continue;
            }
            Dialog before = dialog.before(i);
            int[] prompt = template.render(before).encode(tokenizer);
            Answer answer = answer(before, dialog.messages().get(i).content(), dialog.origin());
            int start = prompt.length - answer.seam;
            int[] tokens = Arrays.copyOf(prompt, start + answer.tokens.length);
            System.arraycopy(answer.tokens, 0, tokens, start, answer.tokens.length);
            boolean[] learnt = new boolean[tokens.length];
            Arrays.fill(learnt, start, learnt.length, true);
            if (!examples.isEmpty() && beginsWith(tokens, examples.getLast().tokens(), start)) {
                TrainingExample shorter = examples.removeLast();
                System.arraycopy(shorter.learnt(), 0, learnt, 0, shorter.learnt().length);
            }
            examples.add(new TrainingExample(tokens, learnt));
        }
        return examples;
    }

    private static boolean beginsWith(int[] tokens, int[] beginning, int limit) {
        return beginning.length <= limit
                && Arrays.equals(tokens, 0, beginning.length, beginning, 0, beginning.length);
    }

    /**
     * The answer's tokens are what the dialog without its system message grows by: some templates move that message as
     * they go on.
     */
    private Answer answer(Dialog before, String content, String origin) {
        Dialog turns = new Dialog(before.turns());
        int[] prompt = template.render(turns).encode(tokenizer);
        int[] longer = template.render(turns.next(content, NEXT_QUESTION)).encode(tokenizer);
        int mismatch = Arrays.mismatch(prompt, longer);
        int start = mismatch < 0 ? prompt.length : mismatch;
        int seam = prompt.length - start;
        if (seam > LARGEST_SEAM) {
            // the head of an answer that is to come is written differently: the answer begins where another one differs
            start = Arrays.mismatch(longer,
                    template.render(turns.next(otherThan(content), NEXT_QUESTION)).encode(tokenizer));
            seam = 0;
        }
        return new Answer(Arrays.copyOfRange(longer, start, end(longer, start, origin)), seam);
    }

    /** A text whose first letter is another one. */
    private static String otherThan(String content) {
        return content.strip().startsWith("x") ? "y" : "x";
    }

    private int end(int[] tokens, int start, String origin) {
        for (int i = start; i < tokens.length; i++) {
            if (ends.contains(tokens[i])) {
                return i + 1;
            }
        }
        // a vocabulary without the template's marks has them as text
        for (int i = start; i < tokens.length; i++) {
            String text = tokenizer.decode(Arrays.copyOfRange(tokens, start, i + 1));
            if (template.stops().stream().anyMatch(text::contains)) {
                return i + 1;
            }
        }
        throw new CriaException(origin + ": the chat template " + template.name()
                + " does not end answers with EOS, and names no stop that does");
    }
}
