import { nextTick, onBeforeUnmount, onMounted, type Ref } from 'vue';

/** Takes the focus into a sheet, closes it with Escape, and gives the focus back to what opened it. */
export function useSheet(sheet: Ref<HTMLElement | null>, close: () => void): void {
  const opener = document.activeElement;
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close();
  };
  onMounted(async () => {
    document.addEventListener('keydown', onKey);
    await nextTick();
    sheet.value?.focus();
  });
  onBeforeUnmount(() => {
    document.removeEventListener('keydown', onKey);
    if (opener instanceof HTMLElement) opener.focus();
  });
}
