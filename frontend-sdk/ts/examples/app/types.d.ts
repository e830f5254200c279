// What Vite makes of `?url`: the address of the module.
declare module '@aegle/sdk/aegle.wasm?url' {
  const address: string
  export default address
}

declare namespace React.JSX {
  interface IntrinsicElements {
    'aegle-consent': import('react').HTMLAttributes<HTMLElement> & {
      ref?: import('react').Ref<import('@aegle/sdk/consent-button').ConsentElement>
      to?: string
      label?: string
      classes?: string
      purposes?: string
      days?: string
    }
  }
}
