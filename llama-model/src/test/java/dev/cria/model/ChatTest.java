package dev.cria.model;

import static dev.cria.model.FakeModel.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.InvalidDialogException;
import dev.cria.chat.JinjaTemplate;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import dev.cria.chat.SpecialTokens;
import dev.cria.model.generation.CancellationToken;
import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.generation.Timings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ChatTest {
    private static final int[] ANSWER = ids(" ", " once", " upon", " ");

    private static int promptLength(Message... messages) {
        return ChatTemplate.llama2().render(Dialog.of(messages)).encode(FakeModel.TOKENIZER).length;
    }

    @Test
    void theAnswerIsStrippedInEveryForm() {
        Chat chat = FakeModel.answering(ANSWER).language.chat().temperature(0);
        assertThat(chat.user("Hi").text()).isEqualTo("once upon");
        List<String> pieces = new ArrayList<>();
        assertThat(chat.user("Hi").forEach(pieces::add).text()).isEqualTo("once upon");
        assertThat(pieces).containsExactly("once", " upon");
    }

    @Test
    void theDialogGrowsByQuestionAndAnswer() {
        Chat chat = FakeModel.answering(ANSWER).language.chat().temperature(0).system("Be brief.");
        chat.user("Hi").text();
        chat.user("More").text();
        assertThat(chat.messages()).containsExactly(Message.system("Be brief."), Message.user("Hi"),
                Message.assistant("once upon"), Message.user("More"), Message.assistant("once upon"));
    }

    @Test
    void thePromptIsTheTemplates() {
        Chat chat = FakeModel.answering(ANSWER).language.chat().temperature(0).system("Be brief.");
        chat.user("Hi").text();
        GenerationResult result = chat.user("More").result();
        Dialog dialog = Dialog.of(Message.system("Be brief."), Message.user("Hi"), Message.assistant("once upon"),
                Message.user("More"));
        assertThat(result.promptTokens().stream().mapToInt(i -> i).toArray())
                .isEqualTo(ChatTemplate.llama2().render(dialog).encode(FakeModel.TOKENIZER));
    }

    @Test
    void aTurnProcessesOnlyWhatIsNew() {
        FakeModel model = FakeModel.answering(ids(" once", " upon"));
        Chat chat = model.language.chat().temperature(0);
        chat.user("Hi").text();
        int first = promptLength(Message.user("Hi"));
        assertThat(model.forward.rows()).isEqualTo(first + 2);

        Timings timings = chat.user("More").result().timings();
        int second = promptLength(Message.user("Hi"), Message.assistant("once upon"), Message.user("More"));
        assertThat(timings.reusedTokens()).isEqualTo(first + 2);
        assertThat(timings.promptTokens()).isEqualTo(second - first - 2);
        assertThat(model.forward.rows()).isEqualTo(second + 2);
    }

    @Test
    void aTemplateThatIsExecutedWritesEachTurnOnceAndItsTurnsProcessOnlyWhatIsNewToo() {
        String text = "{% for m in messages %}{% if m.role == 'user' %}{{ bos_token + '[INST] ' + m.content + ' [/INST]' }}"
                + "{% else %}{{ ' ' + m.content + ' ' + eos_token }}{% endif %}{% endfor %}";
        List<Dialog> rendered = new ArrayList<>();
        JinjaTemplate jinja = JinjaTemplate.parse(text, SpecialTokens.of(FakeModel.TOKENIZER));
        FakeModel model = FakeModel.answering(ids(" once", " upon"));
        Chat chat = model.language.chat(counting(jinja, rendered), List.of()).temperature(0);
        chat.user("Hi").text();
        Timings timings = chat.user("More").result().timings();
        int first = promptLength(Message.user("Hi"));
        assertThat(timings.reusedTokens()).isEqualTo(first + 2);
        assertThat(rendered).hasSize(2);
    }

    private static ChatTemplate counting(ChatTemplate template, List<Dialog> rendered) {
        return new ChatTemplate() {
            @Override
            public String name() {
                return template.name();
            }

            @Override
            public Prompt render(Dialog dialog) {
                rendered.add(dialog);
                return template.render(dialog);
            }
        };
    }

    @Test
    void aTemplateThatWritesEarlierTurnsDifferentlyIsReadFromTheFirstDifferenceOn() {
        // as those do that leave out what a model thought before its answer
        String text = "{{ bos_token }}{% for m in messages %}{% if m.role == 'assistant' %}{{ m.content.split('once')[-1] }}"
                + "{% else %}{{ '[INST] ' + m.content + ' [/INST]' }}{% endif %}{% endfor %}";
        FakeModel model = FakeModel.answering(ids(" once", " upon"));
        Chat chat = model.language.chat(JinjaTemplate.parse(text, SpecialTokens.of(FakeModel.TOKENIZER)), List.of())
                .temperature(0);
        GenerationResult first = chat.user("Hi").result();
        GenerationResult second = chat.user("More").result();
        assertThat(second.prompt()).isEqualTo("<s>[INST] Hi [/INST] upon[INST] More [/INST]");
        assertThat(second.timings().reusedTokens()).isBetween(first.promptTokens().size() - 1,
                first.promptTokens().size());
        assertThat(second.timings().promptTokens() + second.timings().reusedTokens())
                .isEqualTo(second.promptTokens().size());
    }

    @Test
    void anAnswerThatIsBegunGoesOnAndIsKeptWhole() {
        // the first four are the beginning, in tokens of one character
        FakeModel model = FakeModel.answering(ids(" ", "A", "l", "l", " once", " upon", " "));
        Chat chat = model.language.chat(ChatTemplate.named("llama2"), List.of()).temperature(0);
        GenerationResult result = chat.user("Hi").prefill("All").result();
        assertThat(result.prompt()).isEqualTo("<s>[INST] Hi [/INST] All");
        assertThat(result.text()).isEqualTo(" once upon");
        assertThat(chat.messages()).containsExactly(Message.user("Hi"), Message.assistant("All once upon"));
        Timings timings = chat.user("More").result().timings();
        assertThat(timings.reusedTokens()).isEqualTo(result.promptTokens().size() + 3);
        assertThat(chat.messages()).hasSize(4).endsWith(Message.assistant("All once upon"));
        assertThat(chat.user("More").prefill(" \n").result().prompt()).endsWith("[INST] More [/INST]");
    }

    @Test
    void whatATemplateRefusesLeavesTheDialogAsItWas() {
        Chat chat = FakeModel.answering(ANSWER).language.chat().temperature(0);
        assertThatThrownBy(() -> chat.user("a [/INST] b").text()).isInstanceOf(InvalidDialogException.class)
                .hasMessageContaining("[/INST]");
        assertThatThrownBy(() -> chat.user("Hi").prefill("All").text()).isInstanceOf(InvalidDialogException.class)
                .hasMessageContaining("must come from the USER");
        assertThat(chat.messages()).isEmpty();
        assertThat(chat.user("Hi").text()).isEqualTo("once upon");
    }

    @Test
    void askingTheSameAgainAfterAResetProcessesOneToken() {
        FakeModel model = FakeModel.answering(ANSWER);
        Chat chat = model.language.chat().temperature(0);
        chat.user("Hi").text();
        Timings timings = chat.reset().user("Hi").result().timings();
        assertThat(timings.promptTokens()).isEqualTo(1);
        assertThat(chat.messages()).containsExactly(Message.user("Hi"), Message.assistant("once upon"));
    }

    @Test
    void resettingKeepsTheSystemMessage() {
        Chat chat = FakeModel.answering(ANSWER).language.chat().system("Be brief.");
        chat.user("Hi").text();
        assertThat(chat.reset().messages()).containsExactly(Message.system("Be brief."));
    }

    @Test
    void aCancelledTurnLeavesTheDialogAsItWas() {
        Chat chat = FakeModel.answering(ANSWER).language.chat().temperature(0);
        chat.user("Hi").text();
        List<Message> before = chat.messages();
        CancellationToken token = new CancellationToken();
        GenerationResult result = chat.cancelOn(token).user("More").forEach(piece -> token.cancel());
        assertThat(result.finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(result.text()).isEqualTo("once");
        assertThat(chat.messages()).isEqualTo(before);
        assertThat(chat.cancelOn(new CancellationToken()).user("More").text()).isEqualTo("once upon");
    }

    @Test
    void aFailedTurnLeavesTheDialogAsItWas() {
        FakeModel model = FakeModel.answering(ANSWER);
        Chat chat = model.language.chat().temperature(0);
        chat.user("Hi").text();
        List<Message> before = chat.messages();
        model.forward.layer = () -> {
            throw new IllegalStateException("broken");
        };
        assertThatThrownBy(() -> chat.user("More").text()).hasMessage("broken");
        model.forward.layer = () -> {};
        assertThat(chat.messages()).isEqualTo(before);
        assertThat(chat.user("More").text()).isEqualTo("once upon");
    }

    @Test
    void aListenersExceptionLeavesTheDialogAsItWas() {
        Chat chat = FakeModel.answering(ANSWER).language.chat().temperature(0);
        assertThatThrownBy(() -> chat.user("Hi").forEach(piece -> {
            throw new IllegalStateException("mine");
        })).hasMessage("mine");
        assertThat(chat.messages()).isEmpty();
        assertThat(chat.user("Hi").text()).isEqualTo("once upon");
    }

    @Test
    void aQuestionTooLongForTheContextLeavesTheDialogAsItWas() {
        Chat chat = FakeModel.answering(ANSWER).language.chat().temperature(0);
        assertThatThrownBy(() -> chat.user("x".repeat(300)).text()).isInstanceOf(ContextOverflowException.class);
        assertThat(chat.user("Hi").text()).isEqualTo("once upon");
    }

    @Test
    void closingTheStreamOfATurnEndsIt() {
        Chat chat = FakeModel.answering(ANSWER).language.chat().temperature(0);
        try (Stream<String> pieces = chat.user("Hi").stream()) {
            assertThat(pieces.findFirst()).contains("once");
        }
        assertThat(chat.messages()).isEmpty();
        assertThat(chat.user("Hi").text()).isEqualTo("once upon");
    }

    @Test
    void aTurnNeedsAQuestion() {
        Chat chat = FakeModel.answering(ANSWER).language.chat();
        assertThatThrownBy(chat::text).isInstanceOf(IllegalStateException.class).hasMessageContaining("user(text)");
        chat.user("Hi").text();
        assertThatThrownBy(chat::text).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aConversationMayHaveBegunElsewhere() {
        PlainModel inference = FakeModel.answering(ANSWER).language;
        Chat chat = inference.chat().temperature(0).system("Be brief.");
        chat.user("Hi").text();
        List<Message> asked = new ArrayList<>(chat.messages());
        asked.add(Message.user("More"));
        GenerationResult here = chat.user("More").result();
        Chat other = inference.chat(asked).temperature(0);
        GenerationResult there = other.result();
        assertThat(there.promptTokens()).isEqualTo(here.promptTokens());
        assertThat(there.timings().promptTokens()).as("all but the last was read before").isEqualTo(1);
        assertThat(other.messages()).isEqualTo(chat.messages());
        assertThatThrownBy(other::text).hasMessageContaining("user(text)");
        assertThat(other.user("Again").text()).isEqualTo("once upon");
        assertThatThrownBy(() -> inference.chat(List.of()).text()).hasMessageContaining("user(text)");
    }

    @Test
    void aConversationThatOutgrowsTheContextStopsUnlessOldTurnsMayGo() {
        Chat chat = FakeModel.answering(ANSWER).language.chat().temperature(0).system("Be brief.").maxTokens(8);
        String question = "x".repeat(30);
        assertThatThrownBy(() -> {
            for (int turn = 0; turn < 9; turn++) {
                chat.user(question).text();
            }
        }).isInstanceOf(ContextOverflowException.class);
        List<Message> before = chat.messages();
        chat.contextOverflow(ContextOverflow.DROP_OLDEST_TURNS);
        List<Integer> dropped = new ArrayList<>();
        for (int turn = 0; turn < 9; turn++) {
            GenerationResult result = chat.user(question + turn).result();
            assertThat(result.text()).isEqualTo("once upon");
            assertThat(result.promptTokens().size()).isLessThanOrEqualTo(192);
            assertThat(FakeModel.TOKENIZER.decode(result.promptTokens().stream().mapToInt(i -> i).toArray()))
                    .contains("Be brief.").contains(question + turn);
            dropped.add(result.droppedMessages());
        }
        assertThat(dropped).isSorted().allMatch(count -> count > 0 && count % 2 == 0);
        assertThat(dropped.stream().distinct().count()).as("several turns go at once").isLessThan(9);
        assertThat(chat.messages()).startsWith(before.toArray(new Message[0])).hasSize(before.size() + 18);
        assertThatThrownBy(() -> chat.user("y".repeat(300)).text()).isInstanceOf(ContextOverflowException.class);
    }

    @Test
    void aForkGoesItsOwnWay() {
        Chat chat = FakeModel.answering(ANSWER).language.chat().temperature(0).system("Be brief.");
        chat.user("Hi").text();
        Chat fork = chat.fork();
        fork.user("More").text();
        assertThat(chat.messages()).hasSize(3);
        assertThat(fork.messages()).hasSize(5).startsWith(chat.messages().toArray(new Message[0]));
    }

    @Test
    void aFutureFinishesItsTurnBeforeItCompletes() {
        Chat chat = FakeModel.answering(ANSWER).language.chat().temperature(0);
        chat.user("Hi").async().join();
        assertThat(chat.messages()).hasSize(2);
        assertThat(chat.user("More").async().join().text()).isEqualTo("once upon");
    }
}
