import { expect, it } from 'vitest';
import type { ShownPushes } from '../../../local/sandbox/api.ts';
import { describePage, startStackWithPage } from '../../support/browser.ts';

describePage(
  'the form of the page',
  () => startStackWithPage({ BACKOFF_BASE_SECONDS: '1', BACKOFF_CAP_SECONDS: '1' }),
  ({ host, open }) => {
    const parametersOf = async (id: string) => {
      const { pushes } = (await (await fetch(`${host().sandboxUrl}/pushes`)).json()) as ShownPushes;
      return Object.fromEntries(pushes.find((push) => push.id === id)?.parameters ?? []);
    };

    it('sends the example of the document, which is accepted, delivered and shown on its phone', async () => {
      const page = await open();
      const form = page.getByRole('form', { name: 'Send' });
      await form.getByRole('button', { name: 'Hello World' }).click();
      await form.getByRole('button', { name: 'Send', exact: true }).click();
      const link = form.getByRole('status').getByRole('link');
      const id = await link.textContent();
      expect(await parametersOf(id ?? '')).toEqual({
        ...{ verb: 'NotifyGenericTextMessage', AppId: 'cz.acrobits.softphone.cloudphone', Message: 'Hello World' },
        DeviceToken: 'QVBBOTFiSEQ0KX05PclRXZXlRdTVaNUJXT3BZVmpBMmxR',
      });
      await page.getByRole('row', { name: /Hello World.*delivered/ }).waitFor();
      await link.click();
      await page
        .getByRole('region', { name: 'NotifyGenericTextMessage' })
        .getByText(id ?? '', { exact: true })
        .waitFor();
      await page.getByRole('link', { name: 'Phones' }).click();
      await page
        .locator('.phone', { hasText: 'QVBBOTFiSEQ0KX05PclRXZXlRdTVaNUJXT3BZVmpBMmxR' })
        .getByText('Hello World')
        .waitFor();
    });

    it('shows each fault of a 400 at its field, with the focus on the first, until it is corrected', async () => {
      const page = await open();
      const form = page.getByRole('form', { name: 'Send' });
      const token = form.getByRole('textbox', { name: 'DeviceToken' });
      await form.getByRole('button', { name: 'New message' }).click();
      await token.fill('a b');
      await form.getByRole('textbox', { name: 'Selector' }).fill('');
      await form.getByText('More', { exact: true }).click();
      await form.getByRole('button', { name: 'Add a parameter' }).click();
      await form.getByRole('combobox', { name: 'Name' }).fill('message');
      await form.getByRole('textbox', { name: 'Value' }).fill('Hello');
      await form.getByText('More', { exact: true }).click();
      await form.getByRole('button', { name: 'Send', exact: true }).click();

      await form.getByText('DeviceToken contains white space').waitFor();
      expect(await token.getAttribute('aria-invalid')).toBe('true');
      expect(await token.evaluate('document.activeElement?.getAttribute("name")')).toBe('DeviceToken');
      const described = (await token.getAttribute('aria-describedby'))?.split(' ') ?? [];
      expect(await form.locator(`#${described.at(-1) ?? ''}`).textContent()).toMatch(/contains white space/);
      await form.getByText('Selector is missing.').waitFor();
      // It is in the part that was closed.
      await form.getByText('did you mean Message?').waitFor();

      await token.fill('ab');
      expect(await token.getAttribute('aria-invalid')).toBeNull();
      await form.getByText('Selector is missing.').waitFor();
    });

    it('sends JSON with a time to live, what was added, and a key that prevents a second push', async () => {
      const page = await open();
      const form = page.getByRole('form', { name: 'Send' });
      const send = form.getByRole('button', { name: 'Send', exact: true });
      await form.getByRole('button', { name: 'New message' }).click();
      await form.getByText('More', { exact: true }).click();
      await form.getByRole('textbox', { name: 'TTL' }).fill('tomorrow');
      await form.getByRole('textbox', { name: 'Idempotency-Key' }).fill('voicemail-4711');
      await form.getByRole('combobox', { name: 'Body' }).selectOption('json');
      await form.getByRole('button', { name: 'Add a parameter' }).click();
      await form.getByRole('combobox', { name: 'Name' }).fill('Badge');
      await form.getByRole('textbox', { name: 'Value' }).fill('3');
      await send.click();
      await form.getByText('The header TTL must be').waitFor();
      await form.getByRole('textbox', { name: 'TTL' }).fill('60');
      await send.click();
      const id = await form.getByRole('status').getByRole('link').textContent();
      expect(await parametersOf(id ?? '')).toMatchObject({ verb: 'NotifyTextMessage', Badge: '3' });
      await send.click();
      await form.getByText('Accepted before').waitFor();
      expect(await form.getByRole('status').getByRole('link').textContent()).toBe(id);
      await form.getByRole('textbox', { name: 'Value' }).fill('4');
      await send.click();
      await form.getByText(/another request/i).waitFor();
    });

    it('says at the account that it has no device', async () => {
      const page = await open();
      const form = page.getByRole('form', { name: 'Send' });
      await form.getByRole('radio', { name: 'an account' }).check();
      await form.getByRole('textbox', { name: 'Account' }).fill('nobody');
      await form.getByRole('textbox', { name: 'Message' }).fill('Hello');
      await form.getByRole('button', { name: 'Send', exact: true }).click();
      await form.locator('#field-Account-faults').waitFor();
    });
  },
);
