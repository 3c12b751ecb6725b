package dev.cria.tiny.recipe;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.tokenizer.Tokenizer;
import dev.cria.train.TrainingExample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A dialog with all its answers.
 *
 * @param system the system prompt, or nothing
 * @param exchanges questions and answers, first to last
 */
record Lesson(String system, List<Exchange> exchanges) {
    private static final ChatTemplate TEMPLATE = ChatTemplate.llama2();

    Lesson {
        exchanges = List.copyOf(exchanges);
    }

    /** {@return the dialog up to the question with a number} */
    private Dialog dialog(int question) {
        List<Message> messages = new ArrayList<>();
        if (!system.isEmpty()) {
            messages.add(Message.system(system));
        }
        for (int i = 0; i < question; i++) {
            messages.add(Message.user(exchanges.get(i).question()));
            messages.add(Message.assistant(exchanges.get(i).answer()));
        }
        messages.add(Message.user(exchanges.get(question).question()));
        return new Dialog(messages);
    }

    /** {@return the dialog that waits for the last answer} */
    Dialog dialog() {
        return dialog(exchanges.size() - 1);
    }

    String lastAnswer() {
        return exchanges.getLast().answer();
    }

    /** {@return all of it as text, for a tokenizer to learn from} */
    String text() {
        return TEMPLATE.render(dialog()).text().replace("<s>", "").replace("</s>", "") + " " + lastAnswer();
    }

    /**
     * {@return the dialog as the model reads it, its answers to be learnt}
     *
     * <p>The template puts a space between an answer and EOS where more follows. The model is not taught that space,
     * and is taught EOS right after the last answer, so that answers end with their last word.
     */
    TrainingExample example(Tokenizer tokenizer) {
        int eos = tokenizer.vocabulary().eos();
        int[] answer = tokenizer.encode(lastAnswer());
        int[] prompt = TEMPLATE.render(dialog()).encode(tokenizer);
        int[] tokens = Arrays.copyOf(prompt, prompt.length + answer.length + 1);
        System.arraycopy(answer, 0, tokens, prompt.length, answer.length);
        tokens[tokens.length - 1] = eos;
        boolean[] learnt = new boolean[tokens.length];
        Arrays.fill(learnt, prompt.length, tokens.length, true);
        for (int i = 0; i + 1 < exchanges.size(); i++) {
            int start = TEMPLATE.render(dialog(i)).encode(tokenizer).length;
            int end = start;
            while (tokens[end + 1] != eos) {
                learnt[end++] = true;
            }
        }
        return new TrainingExample(tokens, learnt);
    }
}
